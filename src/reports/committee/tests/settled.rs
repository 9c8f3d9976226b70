//! What is to be entered on DS.

use super::*;
use crate::domain::verdict::Status;
use crate::reports::committee::answers::{Answer, Answers, Decision, Unusable};
use crate::reports::committee::{Decisions, Known, Purse, settle};

const FIRST: DossierNumber = 1;

fn known() -> Known {
    Known {
        programme: Programme::Axe3V1,
        departement: Some("77".to_owned()),
        state: DossierState::EnInstruction,
        gone: None,
        filed_on: Some(date(2021, 9, 3)),
        applicant: Some("Ville de Melun".to_owned()),
        url: "https://exemple.invalid/1".to_owned(),
        status: Some(Status::Eligible),
        asked: Some(Cents::euros(40_000)),
        most: Some(Cents::euros(50_000)),
        granted: None,
        purse: Some(Purse { named: "le droit de tirage du département 77".to_owned(), left: Cents::euros(60_000) }),
    }
}

fn granted(euros: i64) -> Decision {
    Decision::Granted(Cents::euros(euros))
}

/// The decisions on some dossiers, numbered from 1, all of 12 October; it is 15 October.
fn settled(dossiers: Vec<(Decision, Known)>) -> Result<Decisions, Unusable> {
    settled_on(date(2021, 10, 12), dossiers)
}

fn settled_on(on: jiff::civil::Date, dossiers: Vec<(Decision, Known)>) -> Result<Decisions, Unusable> {
    let (mut decided, mut all) = (Vec::new(), BTreeMap::new());
    for (dossier, (decision, known)) in (FIRST..).zip(dossiers) {
        let row = u32::try_from(dossier).unwrap() + 3;
        let carrier = known.applicant.clone().unwrap_or_default();
        decided.push(Answer { row, dossier, carrier, decision, on: Some(on) });
        all.insert(dossier, known);
    }
    let sitting = "77-2021-Q3".parse().unwrap();
    let answers = Answers { sitting, decided, left: Vec::new(), taken_out: Vec::new() };
    settle(answers, &all, date(2021, 10, 15))
}

fn remarks(dossiers: Vec<(Decision, Known)>) -> Vec<Vec<String>> {
    settled(dossiers).unwrap().to_enter.into_iter().map(|one| one.remarks).collect()
}

#[test]
fn what_is_within_everything_is_entered_without_a_remark() {
    let decisions = settled(vec![
        (granted(40_000), known()),
        (Decision::Refused, known()),
        (Decision::PutOff, known()),
        (granted(8_800), Known { programme: Programme::Axe3V1Ads, purse: None, ..known() }),
    ])
    .unwrap();
    let entered: Vec<_> = decisions.to_enter.iter().map(|one| (one.answer.dossier, one.is_announced_first)).collect();
    assert_eq!(entered, [(1, true), (2, false), (4, false)]);
    assert!(decisions.to_enter.iter().all(|one| one.remarks.is_empty()));
    assert_eq!(decisions.put_off.iter().map(|answer| answer.dossier).collect::<Vec<_>>(), [3]);
    assert_eq!((decisions.since, decisions.left), (vec![], vec![]));
}

#[test]
fn an_amount_beyond_what_was_asked_the_rule_or_the_credits_is_told() {
    assert_eq!(remarks(vec![(granted(40_000), known())]), [Vec::<String>::new()]);
    let beyond = Decision::Granted(Cents::euros(40_000) + Cents(1));
    assert_eq!(remarks(vec![(beyond, known())]), [["au-delà du montant demandé (40\u{202f}000,00\u{a0}€)"]]);
    let most = Known { most: Some(Cents::euros(30_000)), ..known() };
    assert_eq!(remarks(vec![(granted(30_001), most)]), [["au-delà du maximum de la règle (30\u{202f}000,00\u{a0}€)"]]);
    // Together they go beyond what is left: the one that crosses the line is told.
    let two = remarks(vec![(granted(40_000), known()), (granted(20_001), known())]);
    let short = "au-delà des crédits : il reste 20\u{202f}000,00\u{a0}€ sur le droit de tirage du département 77, une fois servies les lignes d’avant";
    assert_eq!(two, [vec![], vec![short.to_owned()]]);
    assert_eq!(remarks(vec![(granted(40_000), known()), (granted(20_000), known())]), [Vec::<String>::new(), vec![]]);
    // Other credits are not theirs.
    let other =
        Known { purse: Some(Purse { named: "l’enveloppe".to_owned(), left: Cents::euros(30_000) }), ..known() };
    assert_eq!(remarks(vec![(granted(40_000), known()), (granted(30_000), other)]), [Vec::<String>::new(), vec![]]);
}

#[test]
fn what_is_odd_about_a_decision_is_told() {
    let of = |known: Known| remarks(vec![(granted(40_000), known)]).remove(0);
    assert_eq!(
        of(Known { status: Some(Status::NonEligible), ..known() }),
        ["accordé alors que les règles le disent non éligible"]
    );
    assert_eq!(
        of(Known { status: Some(Status::AVerifier), ..known() }),
        ["les règles le laissent à vérifier : voyez « fitn dossier 1 »"]
    );
    assert_eq!(
        of(Known { granted: Some(Cents::euros(1)), ..known() }),
        ["un autre montant est déjà saisi sur DS (1,00\u{a0}€)"]
    );
    assert_eq!(
        of(Known { state: DossierState::EnConstruction, ..known() }),
        ["encore en construction : à passer en instruction d’abord"]
    );
}

#[test]
fn what_was_decided_since_is_told_dossier_by_dossier_and_the_rest_is_still_to_be_entered() {
    let accepted =
        |euros: Option<i64>| Known { state: DossierState::Accepte, granted: euros.map(Cents::euros), ..known() };
    let refused = || Known { state: DossierState::Refuse, ..known() };
    let decisions = settled(vec![
        (granted(40_000), accepted(Some(40_000))),
        (granted(40_000), accepted(Some(30_000))),
        (granted(40_000), accepted(None)),
        (Decision::Refused, refused()),
        (granted(40_000), refused()),
        (Decision::Refused, accepted(Some(30_000))),
        (granted(40_000), Known { state: DossierState::SansSuite, ..known() }),
        (granted(40_000), Known { gone: Some("supprimé de DS"), ..known() }),
        (granted(40_000), known()),
    ])
    .unwrap();
    let said: Vec<_> =
        decisions.since.iter().map(|one| (one.is_as_decided, one.said.replace(['\u{a0}', '\u{202f}'], " "))).collect();
    let expected = [
        (true, "accepté sur DS pour 40 000,00 €, comme le classeur le dit"),
        (false, "accepté sur DS pour 30 000,00 €, alors que le classeur dit 40 000,00 € : à vérifier"),
        (false, "accepté sur DS sans montant : il reste à saisir le montant accordé, 40 000,00 €"),
        (true, "refusé sur DS, comme le classeur le dit"),
        (false, "refusé sur DS, alors que le classeur dit accordé : à vérifier"),
        (false, "accepté sur DS pour 30 000,00 €, alors que le classeur dit refusé : à vérifier"),
        (false, "sans suite sur DS, alors que le classeur dit accordé : à vérifier"),
        (false, "supprimé de DS, alors que le classeur dit accordé : rien à saisir"),
    ];
    assert_eq!(said, expected.map(|(agrees, said)| (agrees, said.to_owned())));
    assert_eq!(decisions.to_enter.iter().map(|one| one.answer.dossier).collect::<Vec<_>>(), [9]);
}

#[test]
fn a_day_before_the_deposit_or_still_to_come_is_refused_with_its_row() {
    let on = |day| settled_on(day, vec![(granted(1), known())]);
    for day in [date(2021, 9, 3), date(2021, 10, 15)] {
        assert!(on(day).is_ok(), "{day}");
    }
    for (day, said) in [
        (
            date(2021, 9, 2),
            "ligne 4, dossier 1 : le 02/09/2021 est antérieur au dépôt du dossier (03/09/2021) : attendu, la date du comité",
        ),
        (
            date(21, 10, 12),
            "ligne 4, dossier 1 : le 12/10/0021 est antérieur au dépôt du dossier (03/09/2021) : attendu, la date du comité",
        ),
        (date(2021, 10, 16), "ligne 4, dossier 1 : le 16/10/2021 n’est pas encore passé : attendu, la date du comité"),
    ] {
        assert_eq!(on(day), Err(Unusable::Cells(vec![said.to_owned()])));
    }
}

#[test]
fn a_workbook_about_dossiers_of_others_is_none_of_here() {
    let stranger = Known { programme: Programme::Axe2V1, ..known() };
    let error = settled(vec![(granted(1), known()), (granted(1), stranger)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ce n’est pas un classeur de comité fait ici : ces dossiers ne sont pas connus ici : 2"
    );
}

#[test]
fn a_workbook_that_says_to_be_of_another_departement_is_refused() {
    let of = |code: Option<&str>| Known { departement: code.map(str::to_owned), ..known() };
    assert!(settled(vec![(granted(1), of(None))]).is_ok(), "nobody can tell where it lies");
    let error = settled(vec![(granted(1), known()), (Decision::Refused, of(Some("78")))]).unwrap_err();
    assert_eq!(error.to_string(), "le dossier 2 est du département 78, le classeur se dit celui du 77");
}

#[test]
fn a_row_that_names_another_carrier_is_remarked() {
    let answer = |carrier: &str| Answer {
        row: 4,
        dossier: FIRST,
        carrier: carrier.to_owned(),
        decision: granted(8_800),
        on: Some(date(2021, 10, 12)),
    };
    let remarks = |carrier: &str| {
        let sitting = "77-2021-Q3".parse().unwrap();
        let answers = Answers { sitting, decided: vec![answer(carrier)], left: Vec::new(), taken_out: Vec::new() };
        let decisions = settle(answers, &BTreeMap::from([(FIRST, known())]), date(2021, 10, 15)).unwrap();
        decisions.to_enter[0].remarks.clone()
    };
    for same in ["Ville de Melun", "VILLE DE  MELUN", ""] {
        assert_eq!(remarks(same), [""; 0], "{same}");
    }
    assert_eq!(
        remarks("Ville de Bussières"),
        ["la ligne nomme « Ville de Bussières », le dossier est de « Ville de Melun » : vérifiez le numéro"]
    );
}

#[test]
fn a_committee_before_the_end_of_the_quarter_is_remarked() {
    let on = |day| settled_on(day, vec![(granted(8_800), known())]).unwrap().to_enter[0].remarks.clone();
    assert_eq!(
        on(date(2021, 9, 15)),
        ["le comité du 15/09/2021 est antérieur à la fin du trimestre du classeur (30/09/2021) : vérifiez la date"]
    );
    assert_eq!(on(date(2021, 9, 30)), [""; 0]);
}
