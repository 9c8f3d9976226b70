//! A mapping against the live form: what no longer fits, and the mend.
//!
//! An error is what the form cannot give: a champ, a column or a code out of reach. What merely stays unread, or
//! serves dossiers of an older revision only, is a warning.

use std::collections::BTreeMap;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{FactName, FactType};
use crate::domain::form::{Descriptor, Form};
use crate::domain::programme::Programme;
use crate::domain::text::fold;

use super::config::{Field, Name, Place, ProcedureMapping, Values};
use super::kinds::{Fit, described, fit, in_french, of_expense_column, takes_rows};
use super::likeness::nearest;
use super::locate::{AMBIGUOUS, Catalogue, Match, Named, catalogue, column};
use super::vocabulary::Vocabulary;
use super::{communes, departements};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The mapping names what the form does not have: the fact will be missing.
    Error,
    /// The mapping works, but something stays unread.
    Warning,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The fact concerned.
    pub fact: FactName,
    /// What does not fit, in French, naming the champ.
    pub message: String,
    /// What to do about it, in French.
    pub mend: String,
}

/// Holds a mapping against the form of its procedure. The errors come first, then the facts in the order of the
/// documentation.
#[must_use]
pub fn check(mapping: &ProcedureMapping, form: &Form, programme: Programme) -> Vec<Finding> {
    let form = catalogue(form);
    let mut findings = Vec::new();
    for (fact, field) in &mapping.fields {
        let mut checker = Checker { form: &form, fact: *fact, findings: &mut findings };
        checker.field(field);
        checker.programme(programme);
    }
    for fact in FactName::ALL.iter().filter(|fact| fact.programmes().contains(&programme)) {
        if !mapping.fields.contains_key(fact) && !has_alternative(*fact, mapping) {
            Checker { form: &form, fact: *fact, findings: &mut findings }.warn(
                format!("le fait {fact} ({}) n’est associé à aucun champ", fact.label()),
                format!(
                    "associez-le à {}, ou laissez les règles qui en dépendent à vérifier",
                    described(fact.fact_type())
                ),
            );
        }
    }
    findings.sort_by_key(|finding| (finding.severity, finding.fact));
    findings
}

/// The expenses are known by their lines or by their total.
fn has_alternative(fact: FactName, mapping: &ProcedureMapping) -> bool {
    match fact {
        FactName::Expenses => mapping.fields.contains_key(&FactName::EligibleExpenses),
        FactName::EligibleExpenses => mapping.fields.contains_key(&FactName::Expenses),
        _ => false,
    }
}

struct Checker<'c, 'a> {
    form: &'c Catalogue<'a, Descriptor>,
    fact: FactName,
    findings: &'c mut Vec<Finding>,
}

impl<'a> Checker<'_, 'a> {
    fn error(&mut self, message: String, mend: String) {
        self.findings.push(Finding { severity: Severity::Error, fact: self.fact, message, mend });
    }

    fn warn(&mut self, message: String, mend: String) {
        self.findings.push(Finding { severity: Severity::Warning, fact: self.fact, message, mend });
    }

    fn programme(&mut self, programme: Programme) {
        if !self.fact.programmes().contains(&programme) {
            self.warn(
                format!("le fait {} ne sert pas au programme {programme}", self.fact),
                "retirez-le de la configuration, ou vérifiez le programme de la démarche".to_owned(),
            );
        }
    }

    fn field(&mut self, field: &Field) {
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

    fn plain(&mut self, place: &Place, column: Option<&Name>, values: &Values) {
        let fact_type = self.fact.fact_type();
        let Some(descriptor) = self.place(place) else { return };
        let cell = match (descriptor.kind() == "Repetition" && takes_rows(fact_type), column) {
            (true, Some(name)) => self.column(descriptor, name, fact_type),
            (true, None) => self.only_column(descriptor),
            (false, column) => {
                if column.is_some() {
                    self.warn(
                        format!(
                            "le champ « {} » n’est pas un bloc répétable : column est sans effet",
                            descriptor.label
                        ),
                        "retirez column".to_owned(),
                    );
                }
                self.kind(fact_type, descriptor);
                Some(descriptor)
            }
        };
        if let (Some(cell), Some(vocabulary)) = (cell, Vocabulary::of(self.fact)) {
            self.values("values", cell, vocabulary, values);
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
                    "le bloc « {} » a des colonnes, et la configuration ne dit pas laquelle lire",
                    repetition.label
                ),
                format!("ajoutez column = \"…\", parmi : {}", labels(columns().map(Named::label))),
            );
        }
        single
    }

    fn expenses(
        &mut self,
        place: &Place,
        columns: &BTreeMap<&'static str, Name>,
        values: &BTreeMap<&'static str, Values>,
    ) {
        let Some(repetition) = self.repetition(place) else { return };
        for (key, name) in columns {
            let cell = self.column(repetition, name, of_expense_column(key));
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
                    format!("ajoutez {key} à columns, si le bloc « {} » l’a", repetition.label),
                );
            }
        }
    }

    /// The descriptor at a place, or an error that says what may have been meant.
    fn place(&mut self, place: &Place) -> Option<&'a Descriptor> {
        let shown = place.name.shown();
        match (self.form.at(place), &place.name) {
            (Match::One((_, descriptor)), Name::Id { label: Some(label), .. })
                if fold(label) != fold(&descriptor.label) =>
            {
                self.warn(
                    format!(
                        "« {label} » s’appelle maintenant « {} » ; son identifiant le désigne toujours",
                        descriptor.label
                    ),
                    "mettez le libellé à jour, pour les lecteurs de la configuration".to_owned(),
                );
                Some(descriptor)
            }
            (Match::One((_, descriptor)), _) => Some(descriptor),
            (Match::Several, _) => {
                let Name::Label { folded, .. } = &place.name else { return None };
                let bearers = self.form.section(place.kind).filter(|descriptor| fold(&descriptor.label) == *folded);
                let ids: Vec<&str> = bearers.map(|descriptor| descriptor.id.as_str()).collect();
                self.error(
                    format!("« {shown} » : {AMBIGUOUS}"),
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
                self.error(format!("le formulaire n’a {none} « {shown} »"), mend);
                None
            }
        }
    }

    /// What may have been meant by a place that the form does not have.
    fn where_else(&self, place: &Place) -> String {
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
        match nearest(shown, self.form.section(place.kind).map(Named::label)).as_slice() {
            [] => "retirez ce fait, ou choisissez un champ dans la liste que donne fitn mapping init".to_owned(),
            close => format!(
                "vouliez-vous dire {} ?",
                close.iter().map(|label| format!("« {label} »")).collect::<Vec<_>>().join(" ou ")
            ),
        }
    }

    fn repetition(&mut self, place: &Place) -> Option<&'a Descriptor> {
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
                    format!("le bloc « {} » a plusieurs colonnes « {shown} »", repetition.label),
                    "désignez la bonne par { id = \"…\" }".to_owned(),
                );
                None
            }
            Match::Nothing => {
                let all = || repetition.columns.iter().filter(|column| !column.is_ornament()).map(Named::label);
                let close = nearest(shown, all());
                let suggested = if close.is_empty() { labels(all()) } else { labels(close.into_iter()) };
                self.error(
                    format!("le bloc « {} » n’a pas de colonne « {shown} »", repetition.label),
                    format!("choisissez parmi : {suggested}"),
                );
                None
            }
        }
    }

    fn kind(&mut self, fact_type: FactType, descriptor: &Descriptor) {
        let (label, kind) = (&descriptor.label, in_french(descriptor));
        match fit(fact_type, descriptor) {
            Fit::Yes(_) => {}
            Fit::No => self.error(
                format!("« {label} » est de type {kind}, qui ne peut pas donner ce fait"),
                format!("choisissez {}", described(fact_type)),
            ),
            Fit::Unknown => self.warn(
                format!("« {label} » est de type {kind}, inconnu de cette version : seul son texte peut être lu"),
                "vérifiez ce qui est lu avec fitn dossier, ou mettez le connecteur à jour".to_owned(),
            ),
        }
    }

    /// Options without a code stay unread; an answer that is no option is an error when its code is out of reach.
    fn values(&mut self, key: &str, cell: &Descriptor, vocabulary: Vocabulary, values: &Values) {
        let options = options(cell);
        if options.is_empty() {
            return;
        }
        let label = &cell.label;
        let codes: Vec<Option<String>> = options.iter().map(|option| code_of(vocabulary, values, option)).collect();
        for choice in values.0.values().filter(|choice| !offers(cell, &options, &choice.answer)) {
            let message = format!("{key} : « {label} » n’a pas de choix « {} »", choice.answer);
            if codes.contains(&Some(choice.code.clone())) {
                self.warn(
                    message,
                    "gardez cette ligne si d’anciens dossiers portent ce choix, sinon retirez-la".to_owned(),
                );
            } else {
                let close = nearest(&choice.answer, options.iter().copied());
                let suggested =
                    if close.is_empty() { labels(options.iter().copied()) } else { labels(close.into_iter()) };
                self.error(
                    message,
                    format!("aucun choix ne donne plus « {} » : associez-lui l’un de {suggested}", choice.code),
                );
            }
        }
        let pairs = options.iter().zip(&codes);
        let without =
            pairs.filter(|(option, code)| code.is_none() && !is_level(cell, option)).map(|(option, _)| *option);
        let without: Vec<&str> = without.collect();
        if !without.is_empty() {
            self.warn(
                format!("« {label} » a des choix sans code : {}", labels(without.into_iter())),
                format!("ajoutez-les à {key} ; codes possibles : {}", vocabulary.described()),
            );
        }
    }
}

/// The answers that a champ offers; empty when they are free.
fn options(cell: &Descriptor) -> Vec<&str> {
    match cell.kind() {
        "YesNo" | "Checkbox" => vec!["oui", "non"],
        _ => cell.options.iter().map(String::as_str).collect(),
    }
}

/// What reading a dossier would make of an option.
fn code_of(vocabulary: Vocabulary, values: &Values, option: &str) -> Option<String> {
    match vocabulary {
        Vocabulary::Departement => departements::of_text(option, values),
        Vocabulary::Insee => communes::of_option(option, values),
        _ => vocabulary.decode(values, option),
    }
}

/// Whether a list offers an answer; of linked lists, either level or both.
fn offers(list: &Descriptor, options: &[&str], answer: &str) -> bool {
    let among = |text: &str| options.iter().any(|option| fold(option) == fold(text));
    among(answer)
        || (list.kind() == "LinkedDropDownList" && answer.split_once(" / ").is_some_and(|(a, b)| among(a) && among(b)))
}

/// `--Titre--`: a heading within a list, or the first level of linked lists, which its second level may decide.
fn is_level(list: &Descriptor, option: &str) -> bool {
    (option.starts_with("--") && option.ends_with("--")) || list.kind() == "LinkedDropDownList"
}

fn labels<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    labels.map(|label| format!("« {label} »")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::{descriptor, list, mapping, repetition};

    fn form() -> Form {
        Form {
            champs: vec![
                list("t", "Vous déposez en tant que", "DropDownList", &["Centre", "Commune autonome", "Autre"]),
                descriptor("f", "Factures", "PieceJustificative"),
                repetition(
                    "c",
                    "Communes",
                    vec![descriptor("c1", "Commune", "Commune"), descriptor("c2", "Note", "Text")],
                ),
                repetition(
                    "e",
                    "Dépenses",
                    vec![
                        list("n", "Nature", "DropDownList", &["Logiciel", "Divers"]),
                        descriptor("m", "Montant HT", "DecimalNumber"),
                        descriptor("m2", "Montant TTC", "DecimalNumber"),
                    ],
                ),
                descriptor("d1", "Double", "Text"),
                descriptor("d2", "DOUBLE", "Text"),
            ],
            annotations: vec![descriptor("g", "Montant accordé", "DecimalNumber")],
        }
    }

    fn of(fields: &str, fact: FactName) -> Vec<(Severity, String)> {
        let findings = check(&mapping(fields), &form(), Programme::Axe3V1Ads);
        let findings = findings.into_iter().filter(|finding| finding.fact == fact);
        findings.map(|finding| (finding.severity, format!("{} → {}", finding.message, finding.mend))).collect()
    }

    #[test]
    fn each_fault_is_found_and_mended() {
        use FactName as F;
        for (fields, fact, severity, said) in [
            (r#"invoices = { champ = "Facture" }"#, F::Invoices, Severity::Error, "vouliez-vous dire « Factures »"),
            (r#"invoices = { annotation = "Factures" }"#, F::Invoices, Severity::Error, "écrivez champ = \"Factures\""),
            (
                r#"granted_amount = { champ = "montant accorde" }"#,
                F::GrantedAmount,
                Severity::Error,
                "écrivez annotation",
            ),
            (r#"invoices = { id = "old", champ = "Factures" }"#, F::Invoices, Severity::Error, "id = \"f\""),
            (
                r#"invoices = { id = "f", champ = "Devis" }"#,
                F::Invoices,
                Severity::Warning,
                "s’appelle maintenant « Factures »",
            ),
            (r#"invoices = { champ = "Double" }"#, F::Invoices, Severity::Error, "d1, d2"),
            (r#"granted_amount = { champ = "Factures" }"#, F::GrantedAmount, Severity::Error, "pièce justificative"),
            (
                r#"theme = { champ = "Vous déposez en tant que" }"#,
                F::Theme,
                Severity::Warning,
                "ne sert pas au programme",
            ),
            (
                r#"attached_communes = { champ = "Communes", column = "Ville" }"#,
                F::AttachedCommunes,
                Severity::Error,
                "« Commune », « Note »",
            ),
            (r#"invoices = { champ = "Factures", column = "x" }"#, F::Invoices, Severity::Warning, "sans effet"),
            (r#"invoices = { champ = "Communes" }"#, F::Invoices, Severity::Error, "ajoutez column"),
            (
                r#"expenses = { champ = "Dépenses", columns = { amount = "Montant H.T." } }"#,
                F::Expenses,
                Severity::Error,
                "« Montant HT »",
            ),
            (
                r#"expenses = { champ = "Dépenses", columns = { amount = "Montant HT" } }"#,
                F::Expenses,
                Severity::Warning,
                "colonne nature",
            ),
            (
                r#"expenses = { champ = "Dépenses", columns = { nature = "Nature" } }"#,
                F::Expenses,
                Severity::Warning,
                "choix sans code : « Divers »",
            ),
            (
                r#"expenses = { champ = "Factures", columns = { nature = "Nature" } }"#,
                F::Expenses,
                Severity::Error,
                "bloc répétable",
            ),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "Centr" = "centre_instructeur" } }"#,
                F::ApplicantType,
                Severity::Error,
                "« Centre »",
            ),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "Ville" = "commune_autonome" } }"#,
                F::ApplicantType,
                Severity::Warning,
                "anciens dossiers",
            ),
            ("", F::Feedback, Severity::Warning, "n’est associé à aucun champ"),
        ] {
            let found = of(fields, fact);
            assert!(
                found.iter().any(|(level, text)| *level == severity && text.contains(said)),
                "{fields}\n{found:#?}"
            );
        }
    }

    #[test]
    fn a_mapping_that_fits_has_no_finding_for_its_facts() {
        for (fields, fact) in [
            (r#"invoices = { champ = "FACTURES" }"#, FactName::Invoices),
            (r#"granted_amount = { annotation = "Montant accordé" }"#, FactName::GrantedAmount),
            (r#"attached_communes = { champ = "Communes" }"#, FactName::AttachedCommunes),
            (r#"attached_communes = { champ = "Communes", column = "Commune" }"#, FactName::AttachedCommunes),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "centre" = "centre_instructeur", "autre" = "commune_autonome" } }"#,
                FactName::ApplicantType,
            ),
        ] {
            assert_eq!(of(fields, fact), [], "{fields}");
        }
        assert_eq!(of(r#"eligible_expenses = { champ = "Double" }"#, FactName::Expenses), []);
    }
}
