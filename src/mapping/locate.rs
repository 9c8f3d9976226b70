//! Finding the champ that the mapping names: first on the form, then in the dossier.
//!
//! A dossier shows the champs of the revision that it was filed on, without those hidden by a condition (API facts,
//! 4.5). The form tells a champ that does not exist from one that this dossier does not show, and gives the
//! descriptor id of a label. A champ of an older revision is still found in the dossier by its label.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::domain::champ::{Champ, ChampKind, ChampValue, RepetitionRow};
use crate::domain::dossier::{Dossier, DossierSection};
use crate::domain::fact::Absence;
use crate::domain::form::{Descriptor, Form};
use crate::domain::text::{fold, quoted};

use super::config::{ChampRef, Name};

/// What is said of a label that several champs bear.
pub(super) const AMBIGUOUS: &str = "plusieurs champs portent ce libellé, seul un identifiant (id) dit lequel lire";

/// Champs and descriptors are found in the same two ways.
pub(super) trait Named {
    /// The descriptor id.
    fn descriptor_id(&self) -> &str;
    /// The label.
    fn label(&self) -> &str;
    /// Shown without an answer: never meant by a mapping.
    fn is_ornament(&self) -> bool;
}

impl Named for Champ {
    fn descriptor_id(&self) -> &str {
        &self.descriptor_id
    }
    fn label(&self) -> &str {
        &self.label
    }
    fn is_ornament(&self) -> bool {
        self.value == ChampValue::Ornament
    }
}

impl Named for Descriptor {
    fn descriptor_id(&self) -> &str {
        &self.id
    }
    fn label(&self) -> &str {
        &self.label
    }
    fn is_ornament(&self) -> bool {
        matches!(self.kind(), "HeaderSection" | "Explication")
    }
}

/// How many bear a name.
#[derive(Debug, PartialEq)]
pub(super) enum Match<T> {
    /// None.
    Nothing,
    /// Exactly one.
    One(T),
    /// More than one.
    Several,
}

/// A form with its labels folded, once for all the dossiers that are read by it.
#[derive(Debug, Clone)]
pub struct FoldedForm {
    form: Form,
    folded: HashMap<String, String>,
}

impl From<Form> for FoldedForm {
    fn from(form: Form) -> Self {
        let labels = form.champs.iter().chain(&form.annotations).map(|descriptor| &descriptor.label);
        let folded = labels.map(|label| (label.clone(), fold(label))).collect();
        Self { form, folded }
    }
}

impl FoldedForm {
    /// The form.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    fn catalogue(&self) -> Catalogue<'_, Descriptor> {
        Catalogue::new(&self.form.champs, &self.form.annotations, Some(self))
    }
}

/// Both sections of a form or of a dossier, with their labels folded once.
pub(super) struct Catalogue<'a, T> {
    entries: Vec<(ChampKind, Cow<'a, str>, &'a T)>,
}

impl<'a, T: Named> Catalogue<'a, T> {
    /// Labels of `form` are folded there.
    fn new(champs: &'a [T], annotations: &'a [T], form: Option<&'a FoldedForm>) -> Self {
        let folded = move |label: &str| match form.and_then(|form| form.folded.get(label)) {
            Some(folded) => Cow::Borrowed(folded.as_str()),
            None => Cow::Owned(fold(label)),
        };
        let entries = |kind, items: &'a [T]| {
            items.iter().filter(|item| !item.is_ornament()).map(move |item| (kind, folded(item.label()), item))
        };
        let champs = entries(ChampKind::Champ, champs);
        Self { entries: champs.chain(entries(ChampKind::Annotation, annotations)).collect() }
    }

    /// The one with an id, in either section.
    pub(super) fn by_id(&self, id: &str) -> Option<(ChampKind, &'a T)> {
        let found = self.entries.iter().find(|(_, _, item)| item.descriptor_id() == id);
        found.map(|(kind, _, item)| (*kind, *item))
    }

    /// The one with a folded label, in one section.
    pub(super) fn by_label(&self, section: ChampKind, folded: &str) -> Match<&'a T> {
        let found = self.entries.iter().filter(|(kind, label, _)| *kind == section && **label == *folded);
        only(found.map(|(_, _, item)| *item))
    }

    /// The one that a place names, by id or label.
    pub(super) fn at(&self, place: &ChampRef) -> Match<(ChampKind, &'a T)> {
        match &place.name {
            Name::Id { id, .. } => self.by_id(id).map_or(Match::Nothing, Match::One),
            Name::Label { folded, .. } => match self.by_label(place.kind, folded) {
                Match::One(item) => Match::One((place.kind, item)),
                Match::Several => Match::Several,
                Match::Nothing => Match::Nothing,
            },
        }
    }

    /// All of one section, in the order of the form.
    pub(super) fn section(&self, section: ChampKind) -> impl Iterator<Item = &'a T> {
        self.entries.iter().filter(move |(kind, _, _)| *kind == section).map(|(_, _, item)| *item)
    }
}

/// The catalogue of a form.
pub(super) fn catalogue(form: &Form) -> Catalogue<'_, Descriptor> {
    Catalogue::new(&form.champs, &form.annotations, None)
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Match<T> {
    match (found.next(), found.next()) {
        (None, _) => Match::Nothing,
        (Some(one), None) => Match::One(one),
        (Some(_), Some(_)) => Match::Several,
    }
}

/// The descriptor or champ among those of a repetition that a name means.
pub(super) fn column<'a, T: Named>(items: &'a [T], name: &Name) -> Match<&'a T> {
    let items = items.iter().filter(|item| !item.is_ornament());
    match name {
        Name::Id { id, .. } => only(items.filter(|item| item.descriptor_id() == id).take(1)),
        Name::Label { folded, .. } => only(items.filter(|item| fold(item.label()) == *folded)),
    }
}

/// A champ of a dossier with its place on the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Its section.
    pub(super) kind: ChampKind,
    /// The champ.
    pub(super) champ: &'a Champ,
    /// Its descriptor, when the form is known and still has it.
    pub(super) descriptor: Option<&'a Descriptor>,
}

impl<'a> Found<'a> {
    /// The choices of the list on the form; empty for other kinds and when the form is not known.
    pub(super) fn options(&self) -> &'a [String] {
        self.descriptor.map_or(&[], |descriptor| &descriptor.options)
    }

    /// Whether a block or a list of files comes as a text, which says nothing of what it holds.
    pub(super) fn is_mere_text(&self) -> bool {
        let holds = self.descriptor.is_some_and(|found| matches!(found.kind(), "Repetition" | "PieceJustificative"));
        holds && self.champ.type_name == "TextChamp" && self.champ.value.is_blank()
    }

    /// How to find a column in each row.
    pub(super) fn column<'n>(&self, name: &'n Name) -> Column<'a, 'n> {
        let columns = self.descriptor.map_or(&[][..], |descriptor| &descriptor.columns);
        let (descriptor, ambiguous) = match column(columns, name) {
            Match::One(descriptor) => (Some(descriptor), false),
            Match::Nothing => (None, false),
            Match::Several => (None, true),
        };
        Column { name, descriptor, ambiguous, form_is_known: self.descriptor.is_some() }
    }
}

/// A column of a repetition, resolved once for all rows.
pub(super) struct Column<'a, 'n> {
    name: &'n Name,
    descriptor: Option<&'a Descriptor>,
    ambiguous: bool,
    form_is_known: bool,
}

impl<'a> Column<'a, '_> {
    /// The champ of this column in a row; none when the row does not show it or when several bear its label.
    pub(super) fn in_row(&self, row: &'a RepetitionRow) -> Option<Found<'a>> {
        if self.ambiguous {
            return None;
        }
        let by_id = self.descriptor.and_then(|wanted| row.champs.iter().find(|champ| champ.descriptor_id == wanted.id));
        let champ = by_id.or_else(|| match column(&row.champs, self.name) {
            Match::One(champ) => Some(champ),
            Match::Nothing | Match::Several => None,
        })?;
        Some(Found { kind: ChampKind::Champ, champ, descriptor: self.descriptor })
    }

    /// Why no row can have it, in French; none when the form has it or when the rows show it.
    pub(super) fn fault(&self, rows: &'a [RepetitionRow]) -> Option<String> {
        let shown = quoted(self.name.shown());
        let several = || rows.iter().any(|row| column(&row.champs, self.name) == Match::Several);
        if self.ambiguous || (self.descriptor.is_none() && several()) {
            return Some(format!(
                "plusieurs colonnes portent le libellé {shown}, seul un identifiant (id) dit laquelle lire"
            ));
        }
        let missing = self.form_is_known && self.descriptor.is_none();
        (missing && rows.iter().all(|row| self.in_row(row).is_none()))
            .then(|| format!("le bloc n’a pas de colonne {shown}"))
    }
}

/// Finds the champs of one dossier.
pub(super) struct Locator<'a> {
    form: Option<Catalogue<'a, Descriptor>>,
    dossier: Catalogue<'a, Champ>,
    not_given: &'a [DossierSection],
}

impl<'a> Locator<'a> {
    /// For one dossier; the form tells what the dossier does not show from what does not exist.
    pub(super) fn new(form: Option<&'a FoldedForm>, dossier: &'a Dossier) -> Self {
        Self {
            form: form.map(FoldedForm::catalogue),
            dossier: Catalogue::new(&dossier.champs, &dossier.annotations, form),
            not_given: &dossier.not_given,
        }
    }

    /// The champ at a place.
    ///
    /// # Errors
    /// Why there is none; [`Absence::Misplaced`] when the label is borne by several champs.
    pub(super) fn find(&self, place: &ChampRef) -> Result<Found<'a>, Absence> {
        let shown = place.name.shown();
        if self.not_given.contains(&DossierSection::Champs(place.kind)) {
            let part = match place.kind {
                ChampKind::Champ => "les champs",
                ChampKind::Annotation => "les annotations",
            };
            let reason = format!("DS n’a pas donné {part} de ce dossier");
            return Err(Absence::NotGiven { label: shown.to_owned(), reason });
        }
        let ambiguous = || Absence::Misplaced { label: shown.to_owned(), reason: AMBIGUOUS.to_owned() };
        let on_form = match self.form.as_ref().map(|form| form.at(place)) {
            Some(Match::Several) => return Err(ambiguous()),
            Some(Match::One((_, descriptor))) => Some(descriptor),
            Some(Match::Nothing) | None => None,
        };
        let by_id = on_form.and_then(|descriptor| self.dossier.by_id(&descriptor.id));
        match by_id.map_or_else(|| self.dossier.at(place), Match::One) {
            Match::One((kind, champ)) => Ok(Found { kind, champ, descriptor: on_form }),
            Match::Several => Err(ambiguous()),
            // Every form shows its applicants a champ: a dossier without any was not given whole.
            Match::Nothing if place.kind == ChampKind::Champ && self.dossier.section(place.kind).next().is_none() => {
                let reason = "DS n’a donné aucun champ de ce dossier".to_owned();
                Err(Absence::NotGiven { label: shown.to_owned(), reason })
            }
            Match::Nothing => Err(match on_form {
                Some(descriptor) => Absence::Blank { label: descriptor.label.clone() },
                None if self.form.is_some() => Absence::NotOnForm { wanted: shown.to_owned() },
                None => Absence::Blank { label: shown.to_owned() },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::{champ, descriptor, dossier, place};

    fn form() -> Form {
        Form {
            champs: vec![
                descriptor("h", "Factures", "HeaderSection"),
                descriptor("a", "Factures", "PieceJustificative"),
                descriptor("b", "Montant", "DecimalNumber"),
                descriptor("c", "MONTANT ", "DecimalNumber"),
            ],
            annotations: vec![descriptor("n", "Montant", "DecimalNumber")],
        }
    }

    fn at(form: Option<&Form>, place: &ChampRef, champs: Vec<Champ>) -> Result<String, Absence> {
        let dossier = dossier(champs, vec![champ("n", "Montant", ChampValue::Integer(1))]);
        Locator::new(form.cloned().map(FoldedForm::from).as_ref(), &dossier)
            .find(place)
            .map(|found| found.champ.descriptor_id.clone())
    }

    #[test]
    fn a_heading_is_never_meant_and_an_annotation_is_no_champ() {
        let form = form();
        let files = || vec![champ("h", "Factures", ChampValue::Ornament), champ("a", "Factures", ChampValue::Blank)];
        assert_eq!(at(Some(&form), &place("factures"), files()), Ok("a".to_owned()));
        assert_eq!(at(None, &place("factures"), files()), Ok("a".to_owned()));
        let annotation = ChampRef { kind: ChampKind::Annotation, name: Name::label("Montant") };
        assert_eq!(at(Some(&form), &annotation, vec![]), Ok("n".to_owned()));
    }

    #[test]
    fn a_label_borne_twice_asks_for_the_id() {
        let form = form();
        let two = vec![champ("b", "Montant", ChampValue::Blank), champ("c", "Montant ", ChampValue::Blank)];
        assert!(matches!(at(Some(&form), &place("Montant"), two.clone()), Err(Absence::Misplaced { .. })));
        assert!(matches!(at(None, &place("Montant"), two.clone()), Err(Absence::Misplaced { .. })));
        let by_id = ChampRef { kind: ChampKind::Champ, name: Name::Id { id: "c".to_owned(), label: None } };
        assert_eq!(at(Some(&form), &by_id, two), Ok("c".to_owned()));
    }

    #[test]
    fn what_is_hidden_is_told_from_what_the_form_lacks() {
        let form = form();
        let shown = || vec![champ("b", "Montant", ChampValue::Blank)];
        assert_eq!(at(Some(&form), &place("Factures"), shown()), Err(Absence::Blank { label: "Factures".to_owned() }));
        assert_eq!(at(Some(&form), &place("Devis"), shown()), Err(Absence::NotOnForm { wanted: "Devis".to_owned() }));
        assert_eq!(at(None, &place("Devis"), shown()), Err(Absence::Blank { label: "Devis".to_owned() }));
        assert!(
            matches!(at(Some(&form), &place("Factures"), vec![]), Err(Absence::NotGiven { .. })),
            "no champ at all"
        );
    }

    #[test]
    fn a_champ_is_followed_by_its_id_and_an_older_revision_by_its_label() {
        let form = form();
        let relabelled = vec![champ("a", "Justificatifs", ChampValue::Blank)];
        assert_eq!(at(Some(&form), &place("Factures"), relabelled), Ok("a".to_owned()));
        let older = vec![champ("z", "Factures", ChampValue::Blank)];
        assert_eq!(at(Some(&form), &place("Factures"), older), Ok("z".to_owned()));
        let removed = vec![champ("y", "Devis", ChampValue::Blank)];
        assert_eq!(at(Some(&form), &place("Devis"), removed), Ok("y".to_owned()));
    }

    #[test]
    fn a_section_that_ds_did_not_give_is_not_a_blank_one() {
        let form = form();
        let holed = Dossier {
            not_given: vec![DossierSection::Champs(ChampKind::Annotation)],
            ..dossier(vec![champ("b", "Montant", ChampValue::Blank)], vec![])
        };
        let form = FoldedForm::from(form);
        let locator = Locator::new(Some(&form), &holed);
        let annotation = ChampRef { kind: ChampKind::Annotation, name: Name::label("Montant") };
        assert!(matches!(locator.find(&annotation), Err(Absence::NotGiven { .. })));
        assert!(matches!(locator.find(&place("Factures")), Err(Absence::Blank { .. })));
    }
}
