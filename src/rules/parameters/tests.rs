//! Parameter files: what is read, what is refused, and how an operator's values lie over the built-in ones.

use jiff::civil::date;

use super::*;
use crate::domain::money::Cents;

fn load(text: &str) -> Result<Parameters, ParameterError> {
    Parameters::load(&[("prefecture.toml", text)])
}

fn refusal(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

fn base_on(parameters: &Parameters, year: i16, month: i8, day: i8) -> Value {
    parameters.on(ParameterName::AdsBase, date(year, month, day)).unwrap().value.clone()
}

#[test]
fn the_built_in_values_are_those_of_the_guide() {
    let parameters = load("").unwrap();
    for name in ParameterName::ALL {
        assert!(parameters.has(*name), "{}", name.code());
    }
    assert_eq!(base_on(&parameters, 2021, 9, 1), Value::Amount(Cents::euros(4_000)));
    let deadline = parameters.on(ParameterName::AdsDeadline, date(2021, 9, 1)).unwrap();
    assert_eq!(deadline.read().value, "31/10/2021");
}

#[test]
fn a_value_of_the_same_name_and_validity_is_replaced() {
    let parameters = load("[[ads_base]]\nvalue = \"4500.50\"\nunit = \"EUR\"\n").unwrap();
    let base = parameters.on(ParameterName::AdsBase, date(2021, 9, 1)).unwrap();
    assert_eq!(
        (&base.value, base.citation.as_str(), base.source.as_str()),
        (&Value::Amount(Cents(450_050)), "réglage", "prefecture.toml, ligne 1")
    );
}

#[test]
fn a_value_for_some_days_leaves_the_built_in_one_on_the_others() {
    let text = "[[ads_base]]\nvalue = 5000\nunit = \"EUR\"\nvalid_from = 2021-09-15\nvalid_to = 2021-10-15\n";
    let parameters = load(text).unwrap();
    for (month, day, euros) in [(9, 14, 4_000), (9, 15, 5_000), (10, 15, 5_000), (10, 16, 4_000)] {
        assert_eq!(base_on(&parameters, 2021, month, day), Value::Amount(Cents::euros(euros)), "{day}/{month}");
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_with_file_and_key() {
    let value = |body: &str| refusal(&format!("[[ads_base]]\n{body}\n"));
    for (message, expected) in [
        (refusal("[[ads_bass]]\nvalue = 1\nunit = \"EUR\""), "prefecture.toml, ligne 1 : « ads_bass » : aucune règle"),
        (
            value("value = 1\nunit = \"%\""),
            "prefecture.toml, ligne 1 : « ads_base » : l’unité doit être \"EUR\", et non \"%\"",
        ),
        (value("value = \"beaucoup\"\nunit = \"EUR\""), "« ads_base » : la valeur \"beaucoup\" ne convient pas"),
        (value("value = 4000.5\nunit = \"EUR\""), "« ads_base » : la valeur 4000.5 ne convient pas"),
        (value("value = -1\nunit = \"EUR\""), "« ads_base » : la valeur -1 ne convient pas"),
        (value("value = \"0.001\"\nunit = \"EUR\""), "« ads_base » : la valeur"),
        (value("value = \"unset\"\nunit = \"EUR\""), "« ads_base » : la valeur"),
        (
            value("value = 1\nunit = \"EUR\"\nvaleur = 2"),
            "prefecture.toml, ligne 4, clé « ads_base.valeur » : cette clé n’existe pas",
        ),
        (
            value("value = 1\nunit = \"EUR\"\nvalid_from = 2021-09-02\nvalid_to = 2021-09-01"),
            "« ads_base » : période de validité",
        ),
        (value("value = 1\nunit = \"EUR\"\nvalid_from = 2021-09-02T10:00:00"), "« ads_base » : période de validité"),
        (
            value("value = 1\nunit = \"EUR\"\ndepartements = [\"77\"]"),
            "« ads_base » : ce paramètre ne varie pas par département",
        ),
        (refusal("[[ads_cap_share]]\nvalue = 101\nunit = \"%\""), "« ads_cap_share » : la valeur 101"),
        (refusal("[[ads_deadline_day]]\nvalue = \"oui\"\nunit = \"choix\""), "\"included\", \"excluded\""),
        (refusal("ads_base = ["), "prefecture.toml, ligne 1 : une liste est mal écrite"),
    ] {
        assert!(message.contains(expected), "{message} should contain {expected}");
    }
}

#[test]
fn two_values_for_one_day_are_refused() {
    let text = "[[ads_base]]\nvalue = 1\nunit = \"EUR\"\nvalid_to = 2021-09-15\n[[ads_base]]\nvalue = 2\nunit = \"EUR\"\nvalid_from = 2021-09-15\n";
    assert_eq!(
        refusal(text),
        "prefecture.toml, ligne 5 : « ads_base » : deux valeurs sont valables le 15/09/2021 ; corrigez « valid_from » ou « valid_to »"
    );
}

#[test]
fn days_without_value_are_refused() {
    let value = |from: Option<Date>, to: Option<Date>| Parameter {
        name: ParameterName::AdsBase,
        departement: None,
        value: Value::Amount(Cents::ZERO),
        valid_from: from,
        valid_to: to,
        citation: String::new(),
        source: "f.toml".to_owned(),
    };
    let layer = series::layer(vec![value(None, Some(date(2021, 9, 1))), value(Some(date(2021, 9, 4)), None)]).unwrap();
    let error = series::overlay(layer.clone(), series::Series::new()).unwrap_err();
    assert!(error.to_string().contains("aucune valeur n’est valable du 02/09/2021 au 03/09/2021"), "{error}");
    let own = series::layer(vec![value(Some(date(2021, 9, 2)), Some(date(2021, 9, 3)))]).unwrap();
    assert!(series::overlay(layer, own).is_ok());
}
