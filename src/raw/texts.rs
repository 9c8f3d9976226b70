//! Every text of a dossier, wherever it stands: for who looks for somebody in it.

use std::borrow::Cow;

use super::dossier::DecodeError;
use super::tree::{Members, Tree, text};

/// Where a text of a dossier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The member of the dossier: `demandeur`, `champs`, `annotations`…
    pub section: &'a str,
    /// The label of the champ or annotation.
    pub label: Option<&'a str>,
    /// It is the name of an attached file.
    pub is_file_name: bool,
}

/// The parts of the name of a person, which are told as one text.
const NAME: [&str; 2] = ["prenom", "nom"];
/// What says nothing of anybody: names of things of DS.
const NAMES: [&str; 5] = ["__typename", "id", "champDescriptorId", "checksum", "contentType"];

/// Calls `each` with every text and number of a dossier. What the form says of itself, its labels, is none.
///
/// # Errors
/// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::TooLarge`].
pub fn texts(json: &str, mut each: impl FnMut(Place<'_>, &str)) -> Result<(), DecodeError> {
    if let Tree::Object(members) = Tree::of(json)? {
        for (section, value) in members.iter() {
            walk(value, Place { section, label: None, is_file_name: false }, &mut each);
        }
    }
    Ok(())
}

/// As deep as the text, which is bounded.
fn walk(tree: &Tree<'_>, place: Place<'_>, each: &mut dyn FnMut(Place<'_>, &str)) {
    match tree {
        Tree::List(elements) => elements.iter().for_each(|element| walk(element, place, each)),
        Tree::Object(members) => {
            let own = label(members);
            let is_told = |name: &str| !(NAMES.contains(&name) || name == "label" && own.is_some());
            let within = Place { label: own.as_deref().or(place.label), ..place };
            let whole: Vec<_> = NAME.iter().filter_map(|part| plain(members.get(part)?)).collect();
            if whole.len() == NAME.len() {
                each(within, &whole.join(" "));
            }
            let is_said = |name: &str| whole.len() == NAME.len() && NAME.contains(&name);
            for (name, value) in members.iter().filter(|(name, _)| is_told(name) && !is_said(name)) {
                walk(value, Place { is_file_name: name == "filename", ..within }, each);
            }
        }
        Tree::Scalar("null" | "true" | "false") => {}
        Tree::Scalar(scalar) if scalar.starts_with('"') => {
            if let Ok(text) = text(scalar) {
                each(place, &text);
            }
        }
        Tree::Scalar(number) => each(place, number),
    }
}

/// What the form calls a champ; none of what is no champ.
fn label<'a>(members: &'a Members<'_>) -> Option<Cow<'a, str>> {
    members.get("champDescriptorId")?;
    plain(members.get("label")?)
}

fn plain<'a>(tree: &'a Tree<'_>) -> Option<Cow<'a, str>> {
    match tree {
        Tree::Scalar(scalar) => text(scalar).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOSSIER: &str = r#"{"number": 7, "motivation": "accord\u00e9", "demandeur": {"__typename": "PersonnePhysique", "nom": "Dupont", "prenom": "Léa", "civilite": "Mme"},
        "champs": [
            {"__typename": "TextChamp", "id": "Q2g=", "champDescriptorId": "Q2g=", "label": "Contact", "stringValue": "Jean"},
            {"__typename": "RepetitionChamp", "id": "r", "champDescriptorId": "r", "label": "Pièces", "rows": [{"id": "1", "champs": [
                {"id": "f|1", "champDescriptorId": "f", "label": "Facture", "stringValue": null,
                 "files": [{"filename": "a.pdf", "checksum": "x==", "byteSizeBigInt": "12"}]}]}]}
        ],
        "labels": [{"id": "L", "name": "urgent"}], "archived": false}"#;

    #[test]
    fn each_text_is_told_with_its_label_and_labels_are_not() {
        let mut told = Vec::new();
        texts(DOSSIER, |place, text| {
            let file = if place.is_file_name { " (fichier)" } else { "" };
            told.push(format!("{} {} : {text}{file}", place.section, place.label.unwrap_or("-")));
        })
        .unwrap();
        told.sort();
        assert_eq!(
            told,
            [
                "champs Contact : Jean",
                "champs Facture : 12",
                "champs Facture : a.pdf (fichier)",
                "demandeur - : Léa Dupont",
                "demandeur - : Mme",
                "labels - : urgent",
                "motivation - : accordé",
                "number - : 7",
            ]
        );
        assert!(texts("{", |_, _| {}).is_err());
    }
}
