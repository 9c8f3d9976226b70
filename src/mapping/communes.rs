//! Communes as forms name them. A code is given only when there is no doubt; otherwise the text alone is kept, so
//! that no commune listed is lost and none is made up.

use crate::domain::champ::{Champ, ChampValue, RepetitionRow};
use crate::domain::fact::CommuneRef;
use crate::domain::text::fold;
use crate::territory::{self, Commune};

use super::answer::answers;
use super::config::{Name, Values};
use super::locate::Found;
use super::read::Refusal;
use super::vocabulary::is_insee_code;

/// The communes of a champ, or of a column of a repetition, in the order of the form; repeats are kept.
///
/// # Errors
/// Blank, a kind that names no commune, or a repetition whose column cannot be told.
pub(super) fn read(found: &Found<'_>, column: Option<&Name>, values: &Values) -> Result<Vec<CommuneRef>, Refusal> {
    let communes = match &found.champ.value {
        ChampValue::Rows(rows) => of_rows(found, rows, column, values)?,
        _ => of_champ(found.champ, values)?,
    };
    if communes.is_empty() { Err(Refusal::Blank) } else { Ok(communes) }
}

fn of_rows(
    found: &Found<'_>,
    rows: &[RepetitionRow],
    column: Option<&Name>,
    values: &Values,
) -> Result<Vec<CommuneRef>, Refusal> {
    let cells: Vec<&Champ> = if let Some(name) = column {
        let column = found.column(name);
        if let Some(fault) = column.fault(rows) {
            return Err(Refusal::Misplaced(fault));
        }
        rows.iter().filter_map(|row| column.in_row(row)).map(|cell| cell.champ).collect()
    } else {
        let shown = rows.iter().filter(|row| !row.champs.is_empty());
        shown.map(only_commune).collect::<Option<Vec<_>>>().ok_or_else(which_column)?
    };
    let mut communes = Vec::new();
    for cell in cells {
        match of_champ(cell, values) {
            Ok(named) => communes.extend(named),
            Err(Refusal::Blank) => {}
            Err(refusal) if matches!(cell.value, ChampValue::Other { .. }) => return Err(refusal),
            // The line stays, as text: somebody meant a commune by it.
            Err(Refusal::Unreadable(_) | Refusal::NotGiven(_) | Refusal::Misplaced(_)) => {
                communes.push(unknown(cell.display.as_deref().unwrap_or_default()));
            }
        }
    }
    Ok(communes)
}

fn which_column() -> Refusal {
    Refusal::Misplaced("le bloc a plusieurs colonnes, column doit dire laquelle lire".to_owned())
}

/// The champ of a row when it can only be one: the single commune champ, else the single champ.
fn only_commune(row: &RepetitionRow) -> Option<&Champ> {
    let single = |wanted: &dyn Fn(&Champ) -> bool| {
        let mut champs = row.champs.iter().filter(|champ| wanted(champ));
        champs.next().filter(|_| champs.next().is_none())
    };
    single(&|champ| champ.type_name == "CommuneChamp" || matches!(champ.value, ChampValue::Commune(_)))
        .or_else(|| single(&|champ| champ.value != ChampValue::Ornament))
}

fn of_champ(champ: &Champ, values: &Values) -> Result<Vec<CommuneRef>, Refusal> {
    Ok(match &champ.value {
        value if value.is_blank() => return Err(Refusal::Blank),
        ChampValue::Commune(commune) => vec![known(&commune.code, &commune.name)],
        ChampValue::Address(address) => {
            vec![CommuneRef { code: address.city_code.clone(), text: address.label.clone() }]
        }
        ChampValue::Siret { siret, name } => {
            let commune = siret.get(..9).and_then(territory::commune_by_siren);
            let text = name.as_deref().unwrap_or(siret);
            vec![CommuneRef { code: commune.map(|commune| commune.code.to_owned()), text: text.to_owned() }]
        }
        ChampValue::Text(text) => communes_in(text, values),
        ChampValue::Choice(_) | ChampValue::Choices(_) | ChampValue::LinkedChoice { .. } => {
            let answers = answers(champ).unwrap_or_default();
            answers.iter().flat_map(|answer| one_choice(&answer.texts().collect::<Vec<_>>(), values)).collect()
        }
        _ => return Err(Refusal::kind(champ)),
    })
}

/// A choice of a list: the text with the most to say that gives a code, else the most precise as it stands.
fn one_choice(texts: &[&str], values: &Values) -> Vec<CommuneRef> {
    let read = |text: &&str| -> Vec<CommuneRef> { part(text, values) };
    let certain = texts.iter().map(read).find(|communes| communes.iter().all(|commune| commune.code.is_some()));
    certain.or_else(|| texts.first().map(read)).unwrap_or_default()
}

/// The code that an option of a list stands for, when it names one commune without doubt.
pub(super) fn of_option(option: &str, values: &Values) -> Option<String> {
    match part(option, values).as_slice() {
        [only] => only.code.clone(),
        _ => None,
    }
}

/// The communes of a free text that lists codes, names or both.
pub(super) fn communes_in(text: &str, values: &Values) -> Vec<CommuneRef> {
    let separators = ['\n', '\r', '\t', ';', ',', '|', '/', '•'];
    let parts =
        text.split(separators).map(|part| part.trim_matches(|c: char| c.is_whitespace() || "-–—*·.:".contains(c)));
    parts.filter(|part| !part.is_empty()).flat_map(|text| part(text, values)).collect()
}

/// One part of a list: by the configuration, else as codes alone, a name with a code, or names.
fn part(text: &str, values: &Values) -> Vec<CommuneRef> {
    if let Some(code) = values.code(&fold(text)) {
        return vec![known(code, text)];
    }
    let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(fold).collect();
    let (codes, names): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| is_insee_code(&word.to_uppercase()));
    let only_codes = names.iter().all(|word| CONNECTORS.contains(&word.as_str()));
    match codes.as_slice() {
        [] => named(text, &names),
        [code] if !only_codes => {
            vec![CommuneRef { code: with_code(&names, &code.to_uppercase()), text: text.to_owned() }]
        }
        codes => codes.iter().map(|code| code.to_uppercase()).map(|code| known(&code, &code)).collect(),
    }
}

/// Words that may stand around codes without naming anything.
const CONNECTORS: [&str; 18] = [
    "et",
    "puis",
    "ainsi",
    "que",
    "code",
    "codes",
    "insee",
    "commune",
    "communes",
    "de",
    "des",
    "la",
    "le",
    "les",
    "liste",
    "rattachees",
    "n",
    "no",
];

/// The INSEE code of a name given with a code, which may be an INSEE code or a postal one.
fn with_code(names: &[String], code: &str) -> Option<String> {
    let name = names.join(" ");
    let by_code = territory::commune(code);
    if by_code.is_some_and(|commune| plain(commune.name) == name) {
        return Some(code.to_owned());
    }
    let candidates = homonyms(&name);
    if candidates.is_empty() {
        // An unknown name around a code: certain when it says the name of that commune among other words.
        let says = |commune: &Commune| plain(commune.name).split(' ').all(|word| names.iter().any(|name| name == word));
        return by_code.filter(says).map(|commune| commune.code.to_owned());
    }
    only(candidates.into_iter().filter(|commune| of_postal_code(commune.departement, code)))
}

/// Whether a postal code is one of a département: its first digits, `20` in Corsica.
fn of_postal_code(departement: &str, postal_code: &str) -> bool {
    let digits = if departement.starts_with("2A") || departement.starts_with("2B") { "20" } else { departement };
    postal_code.starts_with(digits)
}

/// Communes named without a code: only names that a single commune bears, or a single one in the département given
/// beside it (`Saint-Denis (93)`). Two names may be joined by "et".
fn named(text: &str, words: &[String]) -> Vec<CommuneRef> {
    if let Some(code) = unique(words) {
        return vec![known(&code, text)];
    }
    let both: Option<Vec<CommuneRef>> = (words.iter().filter(|word| *word == "et").count() == 1)
        .then(|| {
            words
                .split(|word| word == "et")
                .map(|name| unique(name).map(|code| known(&code, &name.join(" "))))
                .collect()
        })
        .flatten();
    both.unwrap_or_else(|| vec![unknown(text)])
}

fn unique(words: &[String]) -> Option<String> {
    only(homonyms(&words.join(" ")).into_iter()).or_else(|| {
        let (last, name) = words.split_last()?;
        let last = last.to_uppercase();
        only(homonyms(&name.join(" ")).into_iter().filter(|commune| commune.departement == last))
    })
}

fn only(mut candidates: impl Iterator<Item = Commune>) -> Option<String> {
    candidates.next().filter(|_| candidates.next().is_none()).map(|commune| commune.code.to_owned())
}

fn homonyms(name: &str) -> Vec<Commune> {
    territory::communes_named(name).collect()
}

/// A name as words only, as those of a text are compared.
fn plain(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(fold).collect();
    words.join(" ")
}

fn known(code: &str, text: &str) -> CommuneRef {
    CommuneRef { code: Some(code.to_owned()), text: text.to_owned() }
}

fn unknown(text: &str) -> CommuneRef {
    CommuneRef { code: None, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::CommuneValue;
    use crate::mapping::fixtures::{champ, choice, found, row, text};
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<Option<String>> {
        communes_in(text, &Values::default()).into_iter().map(|commune| commune.code).collect()
    }

    fn some(codes: &[&str]) -> Vec<Option<String>> {
        codes.iter().map(|code| Some((*code).to_owned())).collect()
    }

    #[test]
    fn codes_are_found_whatever_parts_them() {
        for text in [
            "77001,77002 ; 2a004",
            "77001 77002\n2A004",
            "Codes INSEE : 77001/77002 et 2A004",
            "- 77001\n- 77002\n- 2A004",
        ] {
            assert_eq!(codes(text), some(&["77001", "77002", "2A004"]), "{text}");
        }
        assert_eq!(codes("77999"), some(&["77999"]), "a code that the tables do not have is kept");
    }

    #[test]
    fn a_name_tells_an_insee_code_from_a_postal_one() {
        for text in
            ["Fontainebleau (77186)", "77186 Fontainebleau", "FONTAINEBLEAU - 77300", "Ville de Fontainebleau 77186"]
        {
            assert_eq!(codes(text), some(&["77186"]), "{text}");
        }
        assert_eq!(codes("Ajaccio (20000)"), some(&["2A004"]));
    }

    #[test]
    fn a_name_alone_needs_to_be_the_only_one() {
        assert_eq!(codes("Fontainebleau et L’Haÿ-les-Roses"), some(&["77186", "94038"]));
        assert_eq!(codes("Saint-Denis"), [None]);
        assert_eq!(codes("Saint-Denis (93)"), some(&["93066"]));
        assert_eq!(codes("Fontaine-la-Perdue (77186)"), [None]);
        assert_eq!(communes_in("Trifouillis, Fontainebleau", &Values::default()).len(), 2);
    }

    #[test]
    fn rows_and_choices_keep_their_order_and_repeats() {
        let commune = |code: &str| ChampValue::Commune(CommuneValue { code: code.to_owned(), name: "X".to_owned() });
        let rows = vec![
            row("1", vec![champ("c", "Commune", commune("77002")), champ("d", "Note", text("rien"))]),
            row("2", vec![]),
            row("3", vec![champ("c", "Commune", commune("77001")), champ("d", "Note", ChampValue::Blank)]),
            row("4", vec![champ("c", "Commune", commune("77002")), champ("d", "Note", ChampValue::Blank)]),
        ];
        let list = champ("r", "Communes", ChampValue::Rows(rows));
        let read_codes = |list: &Champ, column: Option<&str>| {
            let column = column.map(Name::label);
            let communes = read(&found(list), column.as_ref(), &Values::default());
            communes.map(|communes| communes.into_iter().filter_map(|commune| commune.code).collect::<Vec<_>>())
        };
        assert_eq!(read_codes(&list, None), Ok(vec!["77002".into(), "77001".into(), "77002".into()]));
        assert_eq!(read_codes(&list, Some("commune")), read_codes(&list, None));
        let choices = champ("m", "Communes", ChampValue::Choices(vec!["Avon (77014)".into(), "Saint-Denis".into()]));
        assert_eq!(read(&found(&choices), None, &Values::default()).map(|communes| communes.len()), Ok(2));
        let one = champ("m", "Communes", choice("77186 - Fontainebleau"));
        assert_eq!(read_codes(&one, None), Ok(vec!["77186".into()]));
    }

    proptest! {
        #[test]
        fn every_commune_of_the_tables_is_read_by_name_and_code(index in 0_usize..35_000) {
            let communes: Vec<Commune> = territory::communes_of("77").collect();
            let commune = communes[index % communes.len()];
            let expected = vec![Some(commune.code.to_owned())];
            prop_assert_eq!(codes(&format!("{} ({})", commune.name, commune.code)), expected.clone());
            prop_assert_eq!(codes(commune.code), expected);
        }

        #[test]
        fn no_commune_listed_is_lost(names in proptest::collection::vec("[A-Za-zéè]{3,9}( [A-Za-z]{3,9})?", 1..8)) {
            let expected = names.len();
            let listed: usize = names.iter().filter(|name| fold(name).split(' ').any(|word| word == "et")).count();
            prop_assume!(listed == 0);
            prop_assert_eq!(communes_in(&names.join("\n"), &Values::default()).len(), expected);
        }

        #[test]
        fn no_text_is_too_odd(odd in "\\PC{0,40}") {
            let _ = communes_in(&odd, &Values::default());
        }
    }
}
