use std::path::Path;

use super::*;
use crate::rules::testing::rulebook;

#[test]
fn the_cases_built_in_hold() {
    let rulebook = rulebook("");
    let mut broken = Vec::new();
    for (file, text) in BUILTIN {
        for case in read(Path::new(file), text).unwrap() {
            let differences = case.differences(&case.evaluate(&rulebook).unwrap());
            if !differences.is_empty() {
                broken.push(format!("{file}:{} « {} » {differences:#?}", case.line, case.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_mistake_has_its_line_its_key_and_its_mend() {
    let (file, text) = BUILTIN[2];
    let mistake = |from: &str, to: &str| {
        let mistake = read(Path::new(file), &text.replacen(from, to, 1)).unwrap_err();
        (mistake.line.unwrap(), mistake.key.unwrap_or_default(), mistake.mend)
    };
    let (line, key, mend) = mistake("invoices = 1", "invoices = \"une\"");
    assert_eq!((line, key.as_str()), (13, "case.dossier.facts.invoices"));
    assert_eq!(mend, "écrivez le nombre de fichiers, de 0 à 100");
    assert_eq!(mistake("invoices = 1", "invoice = 1").1, "case.dossier.facts.invoice");
    assert_eq!(mistake("status = \"eligible\"", "status = \"oui\"").1, "case.expected.status");
    assert_eq!(mistake("ADS-01 = \"met\"", "ADS-01 = \"oui\"").1, "case.expected.verdicts.ADS-01");
    assert_eq!(mistake("like = \"Centre", "like = \"Autre").1, "case.like");
    assert_eq!(mistake("state = \"en_instruction\"\n", "").1, "case.dossier.state");
}
