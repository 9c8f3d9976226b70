//! One fact of a mapping against the form: its champ, its columns, their kinds.

use std::collections::BTreeMap;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{FactName, FactType};
use crate::domain::form::Descriptor;
use crate::domain::programme::Programme;
use crate::domain::text::{fold, quoted};
use crate::mapping::config::{ChampRef, Field, Name, Values};
use crate::mapping::hints::{column_doubt, column_objection, doubt, meant_instead, objection, speaks_of_money};
use crate::mapping::kinds::{Fit, described, fit, in_french, of_expense_column, takes_rows};
use crate::mapping::likeness::nearest;
use crate::mapping::locate::{AMBIGUOUS, Catalogue, Match, Named, column};
use crate::mapping::vocabulary::Vocabulary;

use super::options::{labels, whole};
use super::{Defect, Severity};

/// What to do about a champ that is doubtful.
fn doubtful() -> String {
    "vérifiez ce qui en est lu avec « fitn dossier N » ; sinon choisissez un autre champ, ou retirez cette ligne"
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
                        self.column(repetition, name, FactType::Scores);
                    }
                }
            }
        }
    }

    fn plain(&mut self, place: &ChampRef, column: Option<&Name>, values: &Values) {
        let fact_type = self.fact.fact_type();
        let Some(descriptor) = self.place(place) else { return };
        let cell = match (descriptor.kind() == "Repetition" && takes_rows(fact_type), column) {
            (true, Some(name)) => self.column(descriptor, name, fact_type),
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
            let cell = self.column(repetition, name, of_expense_column(key));
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

    /// What may have been meant by a place that the form does not have.
    fn where_else(&self, place: &ChampRef) -> String {
        let shown = place.name.shown();
        let (other, one) = match place.kind {
            ChampKind::Champ => (ChampKind::Annotation, "une annotation"),
            ChampKind::Annotation => (ChampKind::Champ, "un champ"),
        };
        let here = |section| self.form.by_label(section, &fold(shown));
        if let (Name::Id { .. }, Match::One(descriptor)) = (&place.name, here(place.kind)) {
            return format!("ce libellé a maintenant l’identifiant id = \"{}\"", descriptor.id);
        }
        if !matches!(here(other), Match::Nothing) {
            return format!("il y a {one} de ce nom : écrivez {} = \"{shown}\"", other.code());
        }
        let is_column = |block: &&Descriptor| column(&block.columns, &place.name) != Match::Nothing;
        if let Some(block) = self.form.section(place.kind).find(is_column) {
            let section = place.kind.code();
            return format!(
                "c’est une colonne d’un bloc : écrivez {section} = \"{}\" et column = \"{shown}\"",
                block.label
            );
        }
        match nearest(shown, self.form.section(place.kind).map(Named::label)).as_slice() {
            [] => "retirez ce fait, ou choisissez un champ dans la liste que donne fitn mapping init".to_owned(),
            close => format!("vouliez-vous dire {} ?", whole(close.iter().copied(), " ou ")),
        }
    }

    fn repetition(&mut self, place: &ChampRef) -> Option<&'a Descriptor> {
        let descriptor = self.place(place)?;
        self.kind(FactType::Expenses, descriptor);
        (descriptor.kind() == "Repetition").then_some(descriptor)
    }

    fn column(&mut self, repetition: &'a Descriptor, name: &Name, fact_type: FactType) -> Option<&'a Descriptor> {
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
                let all = || repetition.columns.iter().filter(|column| !column.is_ornament()).map(Named::label);
                let close = nearest(shown, all());
                let suggested = if close.is_empty() { labels(all()) } else { labels(close.into_iter()) };
                self.error(
                    format!("le bloc {} n’a pas de colonne {}", quoted(&repetition.label), quoted(shown)),
                    format!("choisissez parmi : {suggested}"),
                );
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
                "vérifiez ce qui est lu avec fitn dossier, ou mettez le connecteur à jour".to_owned(),
            ),
        }
    }
}
