//! Départements as forms name them: by code, by name, or by a place that lies in one.

use crate::domain::champ::{Champ, ChampValue};
use crate::domain::text::fold;
use crate::territory;

use super::answer::answers;
use super::config::Values;
use super::locate::Found;
use super::read::Refusal;
use super::vocabulary::Vocabulary;

/// The codes of the départements that a champ names.
///
/// # Errors
/// Blank, a kind that names no département, or an answer that is none.
pub(super) fn read(found: &Found<'_>, values: &Values) -> Result<Vec<String>, Refusal> {
    let champ = found.champ;
    match &champ.value {
        value if value.is_blank() => Err(Refusal::Blank),
        ChampValue::Coded { code, name } => of_coded(champ, code, name),
        ChampValue::Commune(commune) => {
            let of_table = territory::commune(&commune.code).map(|commune| commune.departement.to_owned());
            of_table.or_else(|| departement_of_code(&commune.code)).map(|code| vec![code]).ok_or_else(unknown)
        }
        ChampValue::Address(address) => {
            let stated = address.department_code.clone();
            let code = stated.or_else(|| address.city_code.as_deref().and_then(departement_of_code));
            code.filter(|code| territory::departement(code).is_some()).map(|code| vec![code]).ok_or_else(unknown)
        }
        ChampValue::Text(text) => {
            let parts = text.split(['\n', ';', ',', '/']).map(str::trim).filter(|part| !part.is_empty());
            let codes: Option<Vec<String>> = parts.map(|part| of_text(part, values)).collect();
            let refused = || Refusal::Unreadable("réponse libre non reconnue comme un département".to_owned());
            codes.filter(|codes| !codes.is_empty()).ok_or_else(refused)
        }
        ChampValue::Choice(_) | ChampValue::Choices(_) | ChampValue::LinkedChoice { .. } => {
            let answers = answers(champ).unwrap_or_default();
            let code = |answer: &super::answer::Answer| answer.texts().find_map(|text| of_text(text, values));
            answers.iter().map(|answer| code(answer).ok_or_else(|| answer.no_code(found.options()))).collect()
        }
        _ => Err(Refusal::kind(champ)),
    }
}

/// The département of an INSEE code that the tables do not have: of a district of Paris, of a former commune.
pub(super) fn departement_of_code(insee: &str) -> Option<String> {
    let length = if insee.starts_with("97") || insee.starts_with("98") { 3 } else { 2 };
    insee.get(..length).filter(|code| territory::departement(code).is_some()).map(str::to_owned)
}

fn unknown() -> Refusal {
    Refusal::Unreadable("le lieu n’est dans aucun département connu".to_owned())
}

/// A code counts as a département when the champ or the name says so: région 11 is not the Aude.
fn of_coded(champ: &Champ, code: &str, name: &str) -> Result<Vec<String>, Refusal> {
    if let Some(departement) = territory::departement(code)
        && (champ.type_name == "DepartementChamp" || fold(departement.name) == fold(name))
    {
        return Ok(vec![departement.code.to_owned()]);
    }
    match territory::groupement(code) {
        Some(groupement) => Ok(groupement.departements().map(str::to_owned).collect()),
        None if champ.type_name == "DepartementChamp" => Err(unknown()),
        None => Err(Refusal::kind(champ)),
    }
}

/// `77`, `Seine-et-Marne`, `77 - Seine-et-Marne`, `Seine-et-Marne (77)`: code and name must agree.
pub(super) fn of_text(text: &str, values: &Values) -> Option<String> {
    if let Some(code) = Vocabulary::Departement.decode(values, text) {
        return Some(code);
    }
    let words = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(fold).collect::<Vec<_>>()
    };
    let said = words(text);
    let matches = territory::departements().filter(|departement| {
        let (code, name) = (departement.code.to_lowercase(), words(departement.name));
        let with_code = said.contains(&code);
        let rest: Vec<&String> = said.iter().filter(|word| **word != code).collect();
        (with_code && rest.is_empty()) || rest.iter().copied().eq(name.iter())
    });
    let mut matches = matches.map(|departement| departement.code.to_owned());
    matches.next().filter(|_| matches.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::{AddressValue, CommuneValue};
    use crate::mapping::fixtures::{champ, found, text};

    fn read_value(type_name: &str, value: ChampValue) -> Result<Vec<String>, Refusal> {
        let champ = Champ { type_name: type_name.to_owned(), ..champ("d", "Département", value) };
        read(&found(&champ), &Values::default())
    }

    #[test]
    fn every_departement_is_read_as_people_write_it() {
        for departement in territory::departements() {
            let (code, name) = (departement.code, departement.name);
            for written in [code.to_owned(), name.to_owned(), format!("{code} - {name}"), format!("{name} ({code})")] {
                assert_eq!(read_value("TextChamp", text(&written)), Ok(vec![code.to_owned()]), "{written}");
            }
        }
        assert_eq!(read_value("TextChamp", text("77, Val-d’Oise")), Ok(vec!["77".into(), "95".into()]));
        assert!(matches!(read_value("TextChamp", text("78 - Seine-et-Marne")), Err(Refusal::Unreadable(_))));
        assert!(matches!(read_value("TextChamp", text("chez nous")), Err(Refusal::Unreadable(_))));
    }

    #[test]
    fn a_region_is_no_departement() {
        let coded = |code: &str, name: &str| ChampValue::Coded { code: code.to_owned(), name: name.to_owned() };
        assert!(matches!(read_value("RegionChamp", coded("11", "Île-de-France")), Err(Refusal::Misplaced(_))));
        assert_eq!(read_value("DepartementChamp", coded("11", "Aude")), Ok(vec!["11".into()]));
        assert!(matches!(read_value("DepartementChamp", coded("99", "Etranger")), Err(Refusal::Unreadable(_))));
        assert_eq!(read_value("EpciChamp", coded("200057875", "Est Ensemble")), Ok(vec!["93".into()]));
    }

    #[test]
    fn a_place_lies_in_its_departement() {
        let commune = ChampValue::Commune(CommuneValue { code: "75104".into(), name: "Paris 4e".into() });
        assert_eq!(read_value("CommuneChamp", commune), Ok(vec!["75".into()]));
        let address = AddressValue { label: "1 rue X".into(), city_code: Some("2A004".into()), department_code: None };
        assert_eq!(read_value("AddressChamp", ChampValue::Address(address)), Ok(vec!["2A".into()]));
    }
}
