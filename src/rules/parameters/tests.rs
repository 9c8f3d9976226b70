//! Parameter files: what is read, what is refused, and how an operator's values lie over the built-in ones.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::money::Cents;

fn load(text: &str) -> Result<Parameters, ParameterError> {
    Parameters::load("11", &[("prefecture.toml", text)])
}

/// What is said of a file, and the mend.
fn refusal(text: &str) -> String {
    let error = load(text).unwrap_err();
    format!("{error} → {}", error.mend())
}

fn base_on(parameters: &Parameters, day: Date) -> Option<Value> {
    parameters.on(ParameterName::AdsBase, None, day).map(|parameter| parameter.value.clone())
}

fn euros(amount: i64) -> Value {
    Value::Amount(Cents::euros(amount))
}

#[test]
fn the_built_in_values_are_those_of_the_guide() {
    let parameters = load("").unwrap();
    let day = date(2021, 9, 1);
    for name in ParameterName::ALL {
        let departement = (name.set_for() == SetFor::EachDepartement).then_some("77");
        assert!(parameters.on(*name, departement, day).is_some(), "{}", name.code());
    }
    let read = |name| parameters.on(name, None, day).unwrap().read();
    assert_eq!(read(ParameterName::AdsBase).value, "4\u{202f}000,00\u{a0}€");
    assert_eq!(read(ParameterName::AdsDeadline).value, "31/10/2021");
    assert_eq!(read(ParameterName::CommitteeMonths).value, "juillet, octobre");
    let right = |code| parameters.on(ParameterName::DrawingRight, Some(code), day).unwrap().value.clone();
    assert_eq!((right("77"), right("75")), (euros(297_000), Value::Unset));
}

#[test]
fn the_built_in_values_are_valid_on_the_days_that_the_guide_is_about() {
    let parameters = load("").unwrap();
    let valid = |name, year, month, day| parameters.on(name, None, date(year, month, day)).is_some();
    for (name, year, month, day, expected) in [
        (ParameterName::AdsBase, 2021, 1, 25, false),
        (ParameterName::AdsBase, 2021, 1, 26, true),
        (ParameterName::V1SmallRate, 2022, 10, 31, true),
        (ParameterName::V1SmallRate, 2022, 11, 1, false),
        (ParameterName::V2Rate, 2022, 11, 1, false),
        (ParameterName::Axe2Rate, 2021, 1, 25, true),
        (ParameterName::Axe2Rate, 2022, 6, 1, false),
        (ParameterName::FcApiAmount, 2022, 9, 30, true),
        (ParameterName::FcApiAmount, 2022, 10, 1, false),
        // Who comes too late must still be told so.
        (ParameterName::AdsDeadline, 2030, 1, 1, true),
        (ParameterName::FcApiDeadline, 2030, 1, 1, true),
        (ParameterName::ProjectEndLatest, 2030, 1, 1, true),
        (ParameterName::Axe2Call, 2030, 1, 1, true),
        // Credits do not end with the period: decisions come later.
        (ParameterName::V2Envelope, 2023, 1, 1, true),
    ] {
        assert_eq!(valid(name, year, month, day), expected, "{} {day}/{month}/{year}", name.code());
    }
}

#[test]
fn another_region_has_no_value_of_what_the_guide_says_for_ile_de_france() {
    let elsewhere = Parameters::load("84", &[]).unwrap();
    let day = date(2021, 9, 1);
    for name in [ParameterName::AdsBase, ParameterName::V1SmallRate, ParameterName::V2Rate, ParameterName::V1Total] {
        assert!(elsewhere.on(name, None, day).is_none(), "{}", name.code());
    }
    assert!(elsewhere.on(ParameterName::DrawingRight, Some("69"), day).is_none());
    for name in [ParameterName::Axe2Rate, ParameterName::AdsDeadline, ParameterName::ProjectEndLatest] {
        assert!(elsewhere.on(name, None, day).is_some(), "{}", name.code());
    }
    let own = "[[drawing_right]]\ndepartements = [\"01\", \"69\"]\nvalue = 150000\nunit = \"EUR\"\n";
    let own = Parameters::load("84", &[("aura.toml", own)]).unwrap();
    let right = |code| own.on(ParameterName::DrawingRight, Some(code), day).map(|parameter| parameter.value.clone());
    assert_eq!((right("69"), right("03")), (Some(euros(150_000)), None));
}

#[test]
fn a_value_for_all_days_replaces_the_built_in_one() {
    let parameters = load("[[ads_base]]\nvalue = \"4500.50\"\nunit = \"EUR\"\n").unwrap();
    let base = parameters.on(ParameterName::AdsBase, None, date(2021, 9, 1)).unwrap();
    assert_eq!(
        (&base.value, base.citation.as_str(), base.source.to_string().as_str()),
        (&Value::Amount(Cents(450_050)), "réglage", "prefecture.toml, ligne 1")
    );
}

#[test]
fn a_circular_changes_an_amount_from_a_day_on() {
    let text = "[[ads_base]]\nvalue = 5000\nunit = \"EUR\"\nvalid_from = 2021-09-15\ncitation = \"Circulaire du 10 septembre 2021\"\n";
    let parameters = load(text).unwrap();
    let eve = parameters.on(ParameterName::AdsBase, None, date(2021, 9, 14)).unwrap();
    assert_eq!((&eve.value, eve.valid_to), (&euros(4_000), Some(date(2021, 9, 14))));
    let since = parameters.on(ParameterName::AdsBase, None, date(2021, 9, 15)).unwrap();
    assert_eq!((&since.value, since.valid_from, since.valid_to), (&euros(5_000), Some(date(2021, 9, 15)), None));
    assert_eq!(since.citation, "Circulaire du 10 septembre 2021");
}

#[test]
fn a_value_for_some_days_leaves_the_built_in_one_on_the_others() {
    let text = "[[ads_base]]\nvalue = 5000\nunit = \"EUR\"\nvalid_from = 2021-09-15\nvalid_to = 2021-10-15\n";
    let parameters = load(text).unwrap();
    for (month, day, amount) in [(9, 14, 4_000), (9, 15, 5_000), (10, 15, 5_000), (10, 16, 4_000)] {
        assert_eq!(base_on(&parameters, date(2021, month, day)), Some(euros(amount)), "{day}/{month}");
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_with_file_line_key_and_mend() {
    let value = |body: &str| refusal(&format!("# Essai\n[[ads_base]]\n{body}\n"));
    for (said, expected) in [
        (
            refusal("[[ads_bass]]\nvalue = 1\nunit = \"EUR\""),
            "prefecture.toml, ligne 1, clé « ads_bass » : aucune règle n’a de paramètre de ce nom → retirez-le ou choisissez parmi : ads_deadline, ",
        ),
        (
            value("value = 1\nunit = \"%\""),
            "prefecture.toml, ligne 4, clé « ads_base.unit » : l’unité de ce paramètre n’est pas \"%\" → écrivez unit = \"EUR\", et la valeur dans cette unité",
        ),
        (
            value("value = \"beaucoup\"\nunit = \"EUR\""),
            "prefecture.toml, ligne 3, clé « ads_base.value » : la valeur \"beaucoup\" ne convient pas → il faut un montant en euros",
        ),
        (value("value = 4000.5\nunit = \"EUR\""), "clé « ads_base.value » : la valeur 4000.5 ne convient pas"),
        (value("value = -1\nunit = \"EUR\""), "clé « ads_base.value » : la valeur -1 ne convient pas"),
        (value("value = \"0.001\"\nunit = \"EUR\""), "clé « ads_base.value » : la valeur"),
        (value("value = \"unset\"\nunit = \"EUR\""), "clé « ads_base.value » : la valeur"),
        (
            value("value = 1\nunit = \"EUR\"\nvaleur = 2"),
            "prefecture.toml, ligne 5, clé « ads_base.valeur » : cette clé n’existe pas → retirez-la ou choisissez parmi : value, unit, valid_from, valid_to, departements, citation",
        ),
        (
            value("value = 1"),
            "prefecture.toml, ligne 2, clé « ads_base.unit » : cette clé manque → ajoutez-la dans cette table",
        ),
        (
            value("value = 1\nunit = \"EUR\"\nvalid_from = 2021-09-02\nvalid_to = 2021-09-01"),
            "prefecture.toml, ligne 6, clé « ads_base.valid_to » : la validité finit avant de commencer",
        ),
        (
            value("value = 1\nunit = \"EUR\"\nvalid_from = 2021-09-02T10:00:00"),
            "prefecture.toml, ligne 5, clé « ads_base.valid_from » : il faut un jour, sans heure → écrivez-le ainsi : 2021-09-01",
        ),
        (
            value("value = 1\nunit = \"EUR\"\nvalid_from = \"2021-09-02\""),
            "prefecture.toml, ligne 5, clé « ads_base.valid_from » : il faut une date ici, pas un texte",
        ),
        (
            value("value = 1\nunit = \"EUR\"\ndepartements = [\"77\"]"),
            "prefecture.toml, ligne 5, clé « ads_base.departements » : ce paramètre est le même pour tous",
        ),
        (
            refusal("[[drawing_right]]\nvalue = 1\nunit = \"EUR\"\n"),
            "prefecture.toml, ligne 1, clé « drawing_right » : ce paramètre a une valeur par département, et aucun n’est nommé",
        ),
        (
            refusal("[[drawing_right]]\nvalue = 1\nunit = \"EUR\"\ndepartements = [\n \"77\",\n \"69\"]\n"),
            "prefecture.toml, ligne 6, clé « drawing_right.departements » : le département « 69 » n’est pas dans la région « 11 » → choisissez parmi 75, 77, ",
        ),
        (
            refusal("[[ads_cap_share]]\nvalue = 101\nunit = \"%\""),
            "la valeur 101 ne convient pas → il faut un pourcentage",
        ),
        (refusal("[[ads_deadline_day]]\nvalue = \"oui\"\nunit = \"choix\""), "\"included\", \"excluded\""),
        (refusal("[[committee_months]]\nvalue = []\nunit = \"mois de l’année\""), "la valeur [] ne convient pas"),
        (refusal("ads_base = ["), "prefecture.toml, ligne 1 : une liste est mal écrite → "),
        (
            refusal("ads_base = 4000\n"),
            "prefecture.toml, ligne 1, clé « ads_base » : il faut une liste ici, pas un nombre entier → ",
        ),
        (
            refusal("ads_base = [[4000, \"EUR\"]]\n"),
            "prefecture.toml, ligne 1, clé « ads_base » : il faut une table ici → écrivez [[ads_base]] sur une ligne",
        ),
    ] {
        assert!(said.contains(expected), "{said}\nshould contain\n{expected}");
    }
}

#[test]
fn two_values_for_one_day_are_refused() {
    let text = "[[ads_base]]\nvalue = 1\nunit = \"EUR\"\nvalid_to = 2021-09-15\n[[ads_base]]\nvalue = 2\nunit = \"EUR\"\nvalid_from = 2021-09-15\n";
    assert_eq!(
        refusal(text),
        "prefecture.toml, ligne 5, clé « ads_base » : deux valeurs sont valables le 15/09/2021 : celle-ci et celle de prefecture.toml, ligne 1 → corrigez « valid_from » ou « valid_to » de l’une des deux"
    );
    let one = "[[ads_base]]\nvalue = 1\nunit = \"EUR\"\n";
    let error = Parameters::load("11", &[("un.toml", one), ("deux.toml", one)]).unwrap_err().to_string();
    assert!(error.starts_with("deux.toml, ligne 1, clé « ads_base » : deux valeurs"), "{error}");
    assert!(error.ends_with("celle de un.toml, ligne 1"), "{error}");
    let twice = "[[drawing_right]]\nvalue = 1\nunit = \"EUR\"\ndepartements = [\"77\", \"77\"]\n";
    assert!(refusal(twice).contains("« drawing_right » : département 77 : deux valeurs"), "{}", refusal(twice));
}

#[test]
fn days_without_value_are_refused() {
    let text = "[[v2_rate]]\nvalue = 70\nunit = \"%\"\nvalid_from = 2023-01-01\n";
    assert_eq!(
        refusal(text),
        "prefecture.toml, ligne 1, clé « v2_rate » : aucune valeur n’est valable du 01/11/2022 au 31/12/2022, entre celle de ile-de-france/axe3-v2.toml, ligne 12 et celle-ci → ajoutez-la, ou corrigez « valid_from » ou « valid_to »"
    );
    let filled =
        format!("{text}[[v2_rate]]\nvalue = 75\nunit = \"%\"\nvalid_from = 2022-11-01\nvalid_to = 2022-12-31\n");
    assert!(load(&filled).is_ok());
}

proptest! {
    /// Whatever files say, a day has one value at most, and it is the operator's where he gives one.
    #[test]
    fn an_operators_value_counts_on_its_days_and_the_built_in_one_on_the_others(
        bounds in prop::collection::btree_set(0_i32..1_000, 2..8),
        days in prop::collection::vec(0_i32..1_000, 1..20),
    ) {
        let day = |offset: i32| date(2021, 1, 26).saturating_add(jiff::Span::new().days(offset));
        let bounds: Vec<i32> = bounds.into_iter().collect();
        let periods: Vec<(i32, i32)> = bounds.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let lines = periods.iter().enumerate().map(|(index, (from, to))| {
            format!("[[ads_base]]\nvalue = {index}\nunit = \"EUR\"\nvalid_from = {}\nvalid_to = {}\n", day(*from), day(*to))
        });
        let text = lines.collect::<Vec<_>>().concat();
        let parameters = load(&text).unwrap();
        for offset in days {
            let own = periods.iter().position(|(from, to)| (from..=to).contains(&&offset));
            let expected = own.map_or(euros(4_000), |index| euros(i64::try_from(index).unwrap()));
            prop_assert_eq!(base_on(&parameters, day(offset)), Some(expected));
            let valid = parameters.all().filter(|one| one.name == ParameterName::AdsBase && one.is_valid_on(day(offset)));
            prop_assert_eq!(valid.count(), 1);
        }
    }
}
