//! One fact of a mapping against the form: its champ, its columns, their kinds.

use std::collections::BTreeMap;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{FactName, FactType};
use crate::domain::form::Descriptor;
use crate::domain::programme::Programme;
use crate::domain::text::{fold, quoted};
use crate::mapping::config::{ChampRef, Field, Name, Values};
use crate::mapping::hints::{
    column_doubt, column_objection, doubt, meant_instead, objection, sections, speaks_of_money,
};
use crate::mapping::kinds::{Fit, described, fit, in_french, of_expense_column, takes_rows};
use crate::mapping::likeness::nearest;
use crate::mapping::locate::{AMBIGUOUS, Catalogue, Match, Named, column};
use crate::mapping::propose::is_proposable;
use crate::mapping::vocabulary::Vocabulary;

use super::options::{labels, whole};
use super::{Defect, Severity};

/// What to do about a champ that is doubtful.
fn doubtful() -> String {
    "vérifiez ce qui en est lu avec « fitn dossier N --full » ; sinon choisissez un autre champ, ou retirez cette ligne"
        .to_owned()
}

/// Checks one fact.
pub(super) struct Checker<'c, 'a> {
    pub(super) form: &'c Catalogue<'a, Descriptor>,
    pub(super) fact: FactName,
    pub(super) defects: &'c mut Vec<Defect>,
}

impl<'a> Checker<'_, 'a> {
    pub(super) fn error(&mut self, message: String, mend: String) {
        self.defects.push(Defect { severity: Severity::Error, fact: self.fact, message, mend });
    }

    pub(super) fn warn(&mut self, message: String, mend: String) {
        self.defects.push(Defect { severity: Severity::Warning, fact: self.fact, message, mend });
    }

    pub(super) fn programme(&mut self, programme: Programme) {
        if !self.fact.programmes().contains(&programme) {
            self.warn(
                format!("le fait {} ne sert pas au programme {programme}", self.fact),
                "retirez-le de la configuration, ou vérifiez le programme de la démarche".to_owned(),
            );
        }
    }

    pub(super) fn field(&mut self, field: &Field) {
        match field {
            Field::Plain { place, column, values } => self.plain(place, column.as_ref(), values),
            Field::Expenses { place, columns, values } => self.expenses(place, columns, values),
            Field::ScoreChamps(places) => {
                for place in places.values() {
                    if let Some(descriptor) = self.place(place) {
                        self.kind(FactType::Scores, descriptor);
                    }
                }
            }
            Field::ScoreColumns { place, columns } => {
                if let Some(repetition) = self.repetition(place) {
                    for name in columns.values() {
                        self.column(repetition, name, FactType::Scores, |_| false);
                    }
                }
            }
        }
    }

    fn plain(&mut self, place: &ChampRef, column: Option<&Name>, values: &Values) {
        let fact_type = self.fact.fact_type();
        let Some(descriptor) = self.place(place) else { return };
        let cell = match (descriptor.kind() == "Repetition" && takes_rows(fact_type), column) {
            (true, Some(name)) => {
                let fact = self.fact;
                self.column(descriptor, name, fact_type, |label| objection(fact, label).is_some())
            }
            (true, None) => self.only_column(descriptor),
            (false, column) => {
                if column.is_some() {
                    self.warn(
                        format!(
                            "le champ {} n’est pas un bloc répétable : column est sans effet",
                            quoted(&descriptor.label)
                        ),
                        "retirez column".to_owned(),
                    );
                }
                self.kind(fact_type, descriptor);
                Some(descriptor)
            }
        };
        if let Some(cell) = cell {
            self.wording(descriptor, cell, values);
        }
        if let (Some(cell), Some(vocabulary)) = (cell, Vocabulary::of(self.fact)) {
            self.values("values", cell, vocabulary, values);
        }
    }

    /// Warns of a champ whose wording says that it is something else, or leaves it in doubt: an amount read from a number of
    /// something would be summed.
    fn wording(&mut self, descriptor: &Descriptor, cell: &Descriptor, values: &Values) {
        // Who turned "oui" into "non" has read the question.
        if values.code("oui") == Some("non") {
            return;
        }
        let column = (descriptor.id != cell.id).then_some(cell.label.as_str());
        let labels = [&descriptor.label, &cell.label];
        let objection = labels.iter().find_map(|label| Some((label, objection(self.fact, label)?)));
        if let Some((label, objection)) = objection {
            let label = quoted(label);
            self.warn(format!("{label} {objection}, sans doute pas ce fait ({})", self.fact.label()), doubtful());
        } else if let Some(doubt) = doubt(self.fact, &descriptor.label, column) {
            let labels = column.map_or_else(String::new, |column| format!(", colonne {}", quoted(column)));
            let label = quoted(&descriptor.label) + &labels;
            self.warn(format!("{label} : {doubt} (fait : {})", self.fact.label()), doubtful());
        } else if let Some(other) = meant_instead(self.fact, &descriptor.label, column) {
            let label = quoted(&cell.label);
            self.warn(
                format!("{label} annonce plutôt : {} ({other}), et non : {}", other.label(), self.fact.label()),
                doubtful(),
            );
        } else if self.fact.fact_type() == FactType::Amount
            && matches!(cell.kind(), "Text" | "Textarea" | "Formatted")
            && !speaks_of_money(&cell.label)
        {
            let label = quoted(&cell.label);
            self.warn(format!("{label} est un texte, dont le libellé n’annonce pas un montant"), doubtful());
        }
    }

    /// A repetition read without `column` must leave no choice.
    fn only_column(&mut self, repetition: &'a Descriptor) -> Option<&'a Descriptor> {
        let columns = || repetition.columns.iter().filter(|column| !column.is_ornament());
        let mut communes = columns().filter(|column| column.kind() == "Commune");
        let single = match (communes.next(), communes.next(), self.fact.fact_type()) {
            (Some(commune), None, FactType::Communes) => Some(commune),
            (_, _, FactType::Communes) if columns().count() == 1 => columns().next(),
            _ => None,
        };
        if single.is_none() {
            self.error(
                format!(
                    "le bloc {} a des colonnes, et la configuration ne dit pas laquelle lire",
                    quoted(&repetition.label)
                ),
                format!("ajoutez column = \"…\", parmi : {}", labels(columns().map(Named::label))),
            );
        }
        single
    }

    fn expenses(
        &mut self,
        place: &ChampRef,
        columns: &BTreeMap<&'static str, Name>,
        values: &BTreeMap<&'static str, Values>,
    ) {
        let Some(repetition) = self.repetition(place) else { return };
        self.wording(repetition, repetition, &Values::default());
        for (key, name) in columns {
            let is_other = |label: &str| column_objection(key, label).is_some();
            let cell = self.column(repetition, name, of_expense_column(key), is_other);
            if let Some(cell) = cell {
                let label = quoted(&cell.label);
                if let Some(objection) = column_objection(key, &cell.label) {
                    self.warn(format!("{label} {objection}, sans doute pas la colonne {key}"), doubtful());
                } else if let Some(doubt) = column_doubt(key, &cell.label) {
                    self.warn(format!("{label} : {doubt} (colonne {key} des dépenses)"), doubtful());
                }
            }
            if let (Some(cell), Some(vocabulary)) = (cell, Vocabulary::of_expense_column(key)) {
                let values = values.get(key).cloned().unwrap_or_default();
                self.values(&format!("values.{key}"), cell, vocabulary, &values);
            }
        }
        for (key, consequence) in [
            ("amount", "aucun montant ne sera lu"),
            ("nature", "toutes les lignes resteront à vérifier"),
            ("origin", "les logiciels resteront à vérifier"),
        ] {
            if !columns.contains_key(key) {
                self.warn(
                    format!("les dépenses n’ont pas de colonne {key} : {consequence}"),
                    format!("ajoutez {key} à columns, si le bloc {} l’a", quoted(&repetition.label)),
                );
            }
        }
    }

    /// The descriptor at a place, or an error that says what may have been meant.
    fn place(&mut self, place: &ChampRef) -> Option<&'a Descriptor> {
        let shown = place.name.shown();
        match (self.form.at(place), &place.name) {
            (Match::One((kind, descriptor)), Name::Id { label: Some(label), .. })
                if fold(label) != fold(&descriptor.label) =>
            {
                self.warn(
                    format!(
                        "{} s’appelle maintenant {} ; son identifiant le désigne toujours",
                        quoted(label),
                        quoted(&descriptor.label)
                    ),
                    format!(
                        "écrivez {} = \"{}\", pour les lecteurs de la configuration",
                        kind.code(),
                        descriptor.label
                    ),
                );
                Some(descriptor)
            }
            (Match::One((_, descriptor)), _) => Some(descriptor),
            (Match::Several, _) => {
                let Name::Label { folded, .. } = &place.name else { return None };
                let bearers = self.form.section(place.kind).filter(|descriptor| fold(&descriptor.label) == *folded);
                let ids: Vec<&str> = bearers.map(|descriptor| descriptor.id.as_str()).collect();
                self.error(
                    format!("{} : {AMBIGUOUS}", quoted(shown)),
                    format!("écrivez id = \"…\", parmi : {}", ids.join(", ")),
                );
                None
            }
            (Match::Nothing, _) => {
                let none = match place.kind {
                    ChampKind::Champ => "pas de champ",
                    ChampKind::Annotation => "pas d’annotation",
                };
                let mend = self.where_else(place);
                self.error(format!("le formulaire n’a {none} {}", quoted(shown)), mend);
                None
            }
        }
    }

    /// What may have been meant by a place that the form does not have. Nothing is suggested that a proposal would not show: who
    /// follows it would have another figure read in silence.
    fn where_else(&self, place: &ChampRef) -> String {
        let shown = place.name.shown();
        let (other, one) = match place.kind {
            ChampKind::Champ => (ChampKind::Annotation, "une annotation"),
            ChampKind::Annotation => (ChampKind::Champ, "un champ"),
        };
        let here = |section| match self.form.by_label(section, &fold(shown)) {
            Match::One(descriptor) => Some(descriptor).filter(|descriptor| self.may_be(section, descriptor)),
            Match::Several | Match::Nothing => None,
        };
        if let (Name::Id { .. }, Some(descriptor)) = (&place.name, here(place.kind)) {
            return format!("ce libellé a maintenant l’identifiant id = \"{}\"", descriptor.id);
        }
        if here(other).is_some() {
            return format!("il y a {one} de ce nom : écrivez {} = \"{shown}\"", other.code());
        }
        let has_it = |block: &&Descriptor| match column(&block.columns, &place.name) {
            Match::One(cell) => self.may_be(place.kind, cell),
            Match::Several | Match::Nothing => false,
        };
        let is_gathered = takes_rows(self.fact.fact_type()) && self.fact.fact_type() != FactType::Expenses;
        if let Some(block) = self.form.section(place.kind).find(|block| is_gathered && has_it(block)) {
            let section = place.kind.code();
            return format!(
                "c’est une colonne d’un bloc : écrivez {section} = \"{}\" et column = \"{shown}\"",
                block.label
            );
        }
        let proposable =
            self.form.section(place.kind).filter(|descriptor| is_proposable(self.fact, place.kind, descriptor));
        match nearest(shown, proposable.map(Named::label)).as_slice() {
            [] => "retirez ce fait, ou choisissez un champ dans la liste que donne fitn mapping init".to_owned(),
            close => format!("vouliez-vous dire {} ?", whole(close.iter().copied(), " ou ")),
        }
    }

    /// Whether a champ whose label is the one that was written may give the fact, by its section, its kind and what it says.
    fn may_be(&self, section: ChampKind, descriptor: &Descriptor) -> bool {
        let kind = fit(self.fact.fact_type(), descriptor) != Fit::No;
        kind && sections(self.fact).contains(&section) && objection(self.fact, &descriptor.label).is_none()
    }

    fn repetition(&mut self, place: &ChampRef) -> Option<&'a Descriptor> {
        let descriptor = self.place(place)?;
        self.kind(FactType::Expenses, descriptor);
        (descriptor.kind() == "Repetition").then_some(descriptor)
    }

    /// The column that a name means, or an error with those that may have been meant. `is_other`: whether a label says something else.
    fn column(
        &mut self,
        repetition: &'a Descriptor,
        name: &Name,
        fact_type: FactType,
        is_other: impl Fn(&str) -> bool,
    ) -> Option<&'a Descriptor> {
        let shown = name.shown();
        match column(&repetition.columns, name) {
            Match::One(descriptor) => {
                self.kind(fact_type, descriptor);
                Some(descriptor)
            }
            Match::Several => {
                self.error(
                    format!("le bloc {} a plusieurs colonnes {}", quoted(&repetition.label), quoted(shown)),
                    "désignez la bonne par { id = \"…\" }".to_owned(),
                );
                None
            }
            Match::Nothing => {
                let may_be = |column: &&Descriptor| fit(fact_type, column) != Fit::No && !is_other(&column.label);
                let columns = repetition.columns.iter().filter(|column| !column.is_ornament());
                let fitting: Vec<&str> = columns.filter(may_be).map(Named::label).collect();
                let close = nearest(shown, fitting.iter().copied());
                let mend = match (close.as_slice(), fitting.as_slice()) {
                    (_, []) => "aucune colonne de ce bloc ne convient : retirez cette ligne".to_owned(),
                    ([], all) => format!("choisissez parmi : {}", labels(all.iter().copied())),
                    (close, _) => format!("choisissez parmi : {}", labels(close.iter().copied())),
                };
                self.error(format!("le bloc {} n’a pas de colonne {}", quoted(&repetition.label), quoted(shown)), mend);
                None
            }
        }
    }

    fn kind(&mut self, fact_type: FactType, descriptor: &Descriptor) {
        let (label, kind) = (quoted(&descriptor.label), in_french(descriptor));
        match fit(fact_type, descriptor) {
            Fit::Yes(_) => {}
            Fit::No => self.error(
                format!("{label} est de type {kind}, qui ne peut pas donner ce fait"),
                format!("choisissez {}", described(fact_type)),
            ),
            Fit::Unknown => self.warn(
                format!("{label} est de type {kind}, inconnu de cette version : seul son texte peut être lu"),
                "vérifiez ce qui est lu avec « fitn dossier N --full », ou mettez le connecteur à jour".to_owned(),
            ),
        }
    }
}
