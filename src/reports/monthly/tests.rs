//! The list as stories: what is in it, in which order, and what each writer makes of it.

use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::aside::Excluded;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::fact::{CommuneRef, FactName, FactValue};
use crate::domain::instant::second_before;
use crate::domain::money::Cents;
use crate::domain::verdict::RuleKind::{Blocking, Control, Priority, Review};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::reports::Cell;
use crate::reports::sample::{Known, Sample, at, dossier, unreadable};

fn list_at(drawn_up_at: &str, dossiers: Vec<Sample>, previous: Option<&KeptList>) -> MonthlyList {
    list_of(&Known::of(dossiers), drawn_up_at, previous)
}

fn list_of(known: &Known, drawn_up_at: &str, previous: Option<&KeptList>) -> MonthlyList {
    draw_up(&input(known, drawn_up_at, previous))
}

fn input<'a>(known: &'a Known, drawn_up_at: &str, previous: Option<&'a KeptList>) -> MonthlyInput<'a> {
    MonthlyInput {
        month: "2021-09".parse().unwrap(),
        drawn_up_at: at(drawn_up_at),
        revision: 0,
        sources: known.sources(),
        previous,
        not_compared: None,
        rules: &[],
        parameters: &[],
    }
}

fn list(dossiers: Vec<Sample>) -> MonthlyList {
    list_at("2021-10-01T04:00:00Z", dossiers, None)
}

fn kept(dossiers: Vec<Sample>) -> KeptList {
    let mut earlier = list(dossiers);
    earlier.month = earlier.month.previous();
    KeptList::from_json(&json::write(&earlier).unwrap()).unwrap()
}

fn numbers(list: &MonthlyList) -> Vec<i64> {
    list.rows.iter().map(|row| row.numero_dossier).collect()
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    workbook.worksheet_range(name).unwrap()
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| column.name == name).unwrap()
}

#[test]
fn the_columns_everybody_relies_on_come_first_and_in_order() {
    let fixed = "departement, numero_dossier, etat, date_depot, type_demandeur, siret, beneficiaire, code_insee, \
        nombre_communes, codes_communes, depenses_eligibles, montant_calcule, montant_accorde, montant_engage, \
        montant_paye, date_commission, date_notification, avis_regles, motifs, evolution, colonnes_modifiees";
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names[..Column::FIXED].join(", "), fixed);
    assert_eq!(names[Column::FIXED], "lien_ds");
}

#[test]
fn the_document_names_its_values_as_the_columns_and_in_their_order() {
    let document = String::from_utf8(json::write(&list(vec![dossier(1)])).unwrap()).unwrap();
    let positions: Vec<usize> =
        COLUMNS.iter().map(|column| document.find(&format!("      \"{}\": ", column.name)).unwrap()).collect();
    assert!(positions.is_sorted());
    let value: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(value["rows"][0].as_object().unwrap().len(), COLUMNS.len());
    assert_eq!(value["rows"][0]["montant_calcule"], "8800.00");
    assert_eq!(value["rows"][0]["montant_accorde"], serde_json::Value::Null);
    assert_eq!(value["arrete_au"], "2021-09-30T21:59:59Z");
}

/// A dossier whose amounts and days all differ.
fn distinct(number: i64) -> Sample {
    dossier(number)
        .accepted(100_300, date(2021, 9, 10))
        .amount(FactName::EngagedAmount, 100_400)
        .amount(FactName::PaidAmount, 100_500)
        .date(FactName::NotifiedOn, date(2021, 9, 21))
        .communes(&["93001", "93005"])
        .with(|judged| {
            judged.evaluation.eligible_expenses = Some(Cents(100_100));
            judged.evaluation.computed = Some(Cents(100_200));
        })
}

#[test]
fn each_column_of_a_row_says_its_own() {
    let list = list(vec![distinct(1)]);
    let document: serde_json::Value = serde_json::from_slice(&json::write(&list).unwrap()).unwrap();
    let table = String::from_utf8(csv::write(&list).unwrap()).unwrap();
    let mut lines = table.trim_start_matches('\u{feff}').lines();
    let names: Vec<&str> = lines.next().unwrap().split(';').map(|name| name.trim_matches('"')).collect();
    let cells: Vec<&str> = lines.next().unwrap().split(';').collect();
    for (name, in_csv, in_json) in [
        ("departement", "93", "93"),
        ("etat", "accepte", "accepte"),
        ("date_depot", "2021-09-03", "2021-09-03"),
        ("siret", "20005787500011", "20005787500011"),
        ("beneficiaire", "Est Ensemble", "Est Ensemble"),
        ("code_insee", "93063", "93063"),
        ("codes_communes", "93001 93005", "93001 93005"),
        ("depenses_eligibles", "1001,00", "1001.00"),
        ("montant_calcule", "1002,00", "1002.00"),
        ("montant_accorde", "1003,00", "1003.00"),
        ("montant_engage", "1004,00", "1004.00"),
        ("montant_paye", "1005,00", "1005.00"),
        ("montant_compte", "1003,00", "1003.00"),
        ("date_commission", "2021-09-10", "2021-09-10"),
        ("date_notification", "2021-09-21", "2021-09-21"),
        ("avis_regles", "eligible", "eligible"),
        ("evolution", "nouveau", "nouveau"),
    ] {
        let at = names.iter().position(|one| *one == name).unwrap();
        assert_eq!(cells[at].trim_matches('"'), in_csv, "{name}");
        assert_eq!(document["rows"][0][name], in_json, "{name}");
    }
    assert_eq!(document["rows"][0]["numero_dossier"], 1);
    assert_eq!(document["rows"][0]["nombre_communes"], 2);
}

#[test]
fn each_sum_of_the_totals_is_of_its_own() {
    let states = [
        (DossierState::Refuse, 2),
        (DossierState::EnConstruction, 3),
        (DossierState::EnInstruction, 4),
        (DossierState::SansSuite, 5),
        (DossierState::Other("bientot".to_owned()), 6),
    ];
    let mut dossiers = vec![distinct(1)];
    for (state, many) in states {
        let number = 100 * many;
        dossiers.extend((0..many).map(|at| dossier(number + at).state(state.clone()).computed(Some(100))));
    }
    let list = list(dossiers);
    let total = list.totals.iter().find(|total| total.departement.as_deref() == Some("93")).unwrap();
    let counts =
        [total.en_construction, total.en_instruction, total.accepte, total.refuse, total.sans_suite, total.autre_etat];
    assert_eq!((counts, total.demandes), ([3, 4, 1, 2, 5, 6], 21));
    let amounts = [
        total.montant_calcule,
        total.montant_calcule_en_cours,
        total.montant_accorde,
        total.montant_engage,
        total.montant_paye,
    ];
    assert_eq!(amounts, [102_200, 101_500, 100_300, 100_400, 100_500].map(Cents));
    let document: serde_json::Value = serde_json::from_slice(&json::write(&list).unwrap()).unwrap();
    let told = document["totals"].as_array().unwrap().iter().find(|total| total["departement"] == "93").unwrap();
    for (name, expected) in [
        ("montant_calcule", "1022.00"),
        ("montant_calcule_en_cours", "1015.00"),
        ("montant_accorde", "1003.00"),
        ("montant_engage", "1004.00"),
        ("montant_paye", "1005.00"),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    let cells = sheet(&xlsx::write(&list).unwrap(), "Totaux");
    let with = |words: &str| cells.rows().find(|row| row.iter().any(|cell| *cell == *words)).unwrap();
    let (headings, line) = (with("Montant engagé"), with("Seine-Saint-Denis"));
    for (heading, expected) in [
        ("Demandes", 21.0),
        ("En construction", 3.0),
        ("En instruction", 4.0),
        ("Acceptées", 1.0),
        ("Refusées", 2.0),
        ("Sans suite", 5.0),
        ("Autre état", 6.0),
        ("Éligibles", 21.0),
        ("À vérifier", 0.0),
        ("Montant calculé", 1_022.0),
        ("dont ni refusées ni sans suite", 1_015.0),
        ("Montant accordé", 1_003.0),
        ("Montant engagé", 1_004.0),
        ("Montant payé", 1_005.0),
        ("Attributions sans montant", 0.0),
    ] {
        let at = headings.iter().position(|cell| *cell == *heading).unwrap();
        assert_eq!(line[at].as_f64(), Some(expected), "{heading}");
    }
}

#[test]
fn requests_filed_by_the_end_of_the_month_are_listed_and_removed_ones_are_not() {
    let list = list(vec![
        dossier(1).filed("2021-09-30T21:59:59Z"),
        dossier(2).filed("2021-09-30T22:00:00Z"),
        dossier(3).filed("2021-05-01T00:00:00Z"),
        dossier(4).removed(RemovalReason::Pending),
    ]);
    assert_eq!(numbers(&list), [1, 3]);
    assert_eq!((list.is_provisional(), list.closed_at), (false, second_before(at("2021-09-30T22:00:00Z"))));
}

#[test]
fn a_list_drawn_up_before_the_end_of_the_month_is_provisional() {
    let provisional = list_at("2021-09-15T08:00:00Z", vec![dossier(1), dossier(2).filed("2021-09-15T08:00:01Z")], None);
    assert_eq!(numbers(&provisional), [1]);
    assert_eq!((provisional.is_provisional(), provisional.closed_at), (true, at("2021-09-15T08:00:00Z")));
    assert_eq!(file_stem(&provisional), "liste-demat-ads-2021-09-provisoire");
    let last_second = list_at("2021-09-30T21:59:59Z", Vec::new(), None);
    let next_second = list_at("2021-09-30T22:00:00Z", Vec::new(), None);
    assert_eq!((last_second.is_provisional(), next_second.is_provisional()), (true, false));
    assert_eq!(file_stem(&next_second), "liste-demat-ads-2021-09");
    assert_eq!(file_stem(&MonthlyList { revision: 2, ..next_second }), "liste-demat-ads-2021-09-rev2");
}

#[test]
fn rows_are_ordered_by_departement_then_number_and_others_are_summed_apart() {
    let list = list(vec![
        dossier(9).departement(Some("95")),
        dossier(8).departement(None),
        dossier(7).departement(Some("02")),
        dossier(6).departement(Some("75")),
        dossier(5).departement(Some("95")),
    ]);
    assert_eq!(numbers(&list), [8, 7, 6, 5, 9]);
    assert_eq!(list.rows[1].nom_departement.as_deref(), Some("Aisne"));
    let apart: Vec<(&str, usize)> =
        list.totals.iter().filter(|t| t.departement.is_none()).map(|t| (t.libelle.as_str(), t.demandes)).collect();
    assert_eq!(
        apart,
        [
            ("Ensemble des départements suivis", 3),
            ("À part : hors des départements suivis", 1),
            ("À part : département inconnu", 1)
        ]
    );
}

#[test]
fn reasons_leave_priorities_out_and_are_told_whole() {
    let list = list(vec![
        dossier(1)
            .verdict("ADS-02", Blocking, Met, "Déposé à temps.")
            .verdict("ADS-03", Blocking, NotMet, "Aucune facture n’est jointe. Demandez-la.")
            .verdict("ADS-09", Review, ToReview, "Doublon probable avec le dossier 2.")
            .verdict("ADS-11", Control, NotMet, "Accordé au-delà du montant calculé.")
            .verdict("ADS-99", Priority, NotMet, "Non prioritaire.")
            .missing("ADS-03", "les factures")
            .missing("ADS-04", "les factures")
            .missing("ADS-04", "la nature des dépenses"),
    ]);
    let row = &list.rows[0];
    assert_eq!(
        row.motifs,
        "ADS-03 non respectée : Aucune facture n’est jointe. Demandez-la. | ADS-11 non respectée : Accordé au-delà du \
         montant calculé. | ADS-09 à vérifier : Doublon probable avec le dossier 2."
    );
    assert_eq!(row.regles_non_respectees, ["ADS-03", "ADS-11"]);
    assert_eq!(row.regles_a_verifier, ["ADS-09"]);
    assert_eq!(row.avis_regles, Status::NonEligible);
    assert_eq!(row.pieces_a_demander, "les factures ; la nature des dépenses");
    assert_eq!(list.totals[5].demandes_en_doute, 1);
    assert_eq!(list.totals[5].montant_en_doute, Cents::euros(8_800));
}

#[test]
fn no_cell_is_longer_than_other_programs_read_whatever_was_written() {
    let long = "Très long ".repeat(100_000);
    let written = dossier(1)
        .name(Some(&long))
        .text(FactName::Ej, &long)
        .fact(FactName::AttachedCommunes, FactValue::Communes(vec![CommuneRef { code: None, text: long.clone() }; 2]))
        .missing("ADS-08", &long)
        .verdict("ADS-01", Blocking, ToReview, "Court.")
        .verdict("ADS-08", Review, ToReview, &long);
    let list = list(vec![written]);
    for column in &COLUMNS {
        let cell = (column.cell)(&list.rows[0]).to_string();
        assert!(cell.encode_utf16().count() <= 32_000, "{} : {}", column.name, cell.len());
    }
    assert_eq!(list.rows[0].motifs, "ADS-01 à vérifier : Court. | … et 1 autre");
    for bytes in [csv::write(&list).unwrap(), json::write(&list).unwrap()] {
        assert!(bytes.len() < 100_000, "{}", bytes.len());
    }
    assert!(xlsx::write(&list).is_ok());
}

#[test]
fn communes_that_do_not_count_are_shown_apart() {
    let row = list(vec![dossier(1).communes(&["93048", "93063", "93048", "99999"])]).rows.remove(0);
    assert_eq!((row.nombre_communes, row.codes_communes.join(" ")), (Some(2), "93048 93063".to_owned()));
    assert_eq!(row.communes_en_double, ["93048"]);
    assert_eq!(row.communes_non_reconnues, "99999");
    assert_eq!(list(vec![dossier(1)]).rows[0].nombre_communes, None);
}

#[test]
fn a_grant_without_amount_is_said_and_never_replaced() {
    let list = list(vec![
        dossier(1).state(DossierState::Accepte),
        dossier(2).accepted(500_000, date(2021, 9, 10)).amount(FactName::PaidAmount, 100_000),
        dossier(3).amount(FactName::GrantedAmount, 700_000),
    ]);
    assert_eq!(list.rows[0].remarques, "attribution sans montant");
    assert_eq!(list.rows[0].montant_accorde, None);
    assert_eq!(list.rows[2].remarques, "montant accordé sur un dossier non accepté, hors sommes");
    let all = list.totals.iter().find(|total| total.libelle.starts_with("Ensemble")).unwrap();
    assert_eq!((all.attributions_sans_montant, all.montant_accorde), (1, Cents::euros(5_000)));
    assert_eq!(all.montant_paye, Cents::euros(1_000));
}

#[test]
fn a_dossier_first_read_later_is_marked_and_its_later_amounts_are_in_no_sum() {
    let later = || {
        dossier(99)
            .accepted(500_000, date(2021, 10, 2))
            .with(|j| j.subject.treated_at = Some(at("2021-10-02T08:00:00Z")))
    };
    let closed = list(vec![later(), dossier(2)]);
    assert_eq!(closed.rows[1].etat_connu_depuis, Some(date(2021, 10, 5)));
    assert_eq!(closed.rows[1].remarques, "décision du 02/10/2021, après la date d’arrêté : hors sommes");
    assert_eq!((closed.rows[0].etat_connu_depuis, closed.rows[0].remarques.as_str()), (None, ""));
    let all = closed.totals.iter().find(|total| total.libelle.starts_with("Ensemble")).unwrap();
    assert_eq!((all.montant_accorde, all.attributions_sans_montant, all.accepte), (Cents::ZERO, 0, 1));
    let notice = sheet(&xlsx::write(&closed).unwrap(), "Notice");
    let told = notice.used_cells().any(|(_, _, cell)| cell.to_string().starts_with("Pour 1 dossier, aucune lecture"));
    assert!(told, "the notice says so");
    let provisional = list_at("2021-09-15T08:00:00Z", vec![dossier(99)], None);
    assert_eq!(provisional.rows[0].etat_connu_depuis, None);
}

#[test]
fn attached_communes_of_another_region_are_named() {
    let row = list(vec![dossier(1).communes(&["93048", "60057"])]).rows.remove(0);
    assert_eq!(row.nombre_communes, Some(2));
    assert_eq!(row.remarques, "communes rattachées hors des départements suivis, comptées : Beauvais (60057)");
    let repeated = list(vec![dossier(1).communes(&["99999", "99999"])]).rows.remove(0);
    assert_eq!((repeated.communes_non_reconnues.as_str(), repeated.communes_en_double.len()), ("99999", 1));
}

#[test]
fn who_is_no_longer_asking_is_in_no_doubt() {
    let doubtful = |number| dossier(number).verdict("ADS-09", Review, ToReview, "Doublon probable avec le dossier 2.");
    let list =
        list(vec![doubtful(1), doubtful(2).state(DossierState::Refuse), doubtful(3).state(DossierState::SansSuite)]);
    let all = &list.totals[5];
    assert_eq!((all.demandes_en_doute, all.montant_en_doute), (1, Cents::euros(8_800)));
}

#[test]
fn a_dossier_that_is_instructed_again_has_no_date_of_decision() {
    let treated = |number| dossier(number).with(|judged| judged.subject.treated_at = Some(at("2021-09-20T08:00:00Z")));
    let list = list(vec![treated(1), treated(2).state(DossierState::Refuse)]);
    assert_eq!((list.rows[0].date_decision, list.rows[1].date_decision), (None, Some(date(2021, 9, 20))));
}

#[test]
fn a_dossier_without_siret_is_not_taken_for_a_double() {
    let sample = dossier(1).with(|judged| judged.subject.applicant.siret = None).verdict(
        "ADS-09",
        Review,
        ToReview,
        "Le demandeur n’a pas de SIRET connu.",
    );
    assert_eq!(list(vec![sample]).totals[5].demandes_en_doute, 0);
}

#[test]
fn evolution_tells_new_changed_unchanged_and_withdrawn() {
    let before = kept(vec![dossier(1), dossier(2), dossier(3)]);
    let now = list_at(
        "2021-10-01T04:00:00Z",
        vec![
            dossier(1),
            dossier(2).accepted(880_000, date(2021, 9, 20)),
            dossier(3).removed(RemovalReason::Deleted),
            dossier(4),
        ],
        Some(&before),
    );
    let evolution: Vec<Evolution> = now.rows.iter().map(|row| row.evolution).collect();
    assert_eq!(evolution, [Evolution::Inchange, Evolution::Modifie, Evolution::Retire, Evolution::Nouveau]);
    assert_eq!(now.rows[1].colonnes_modifiees, ["etat", "montant_accorde", "date_commission", "date_decision"]);
    assert_eq!(now.changes.len(), 4);
    assert_eq!(
        now.changes[1],
        ColumnChange {
            dossier: 2,
            column: "montant_accorde",
            before: Cell::Empty,
            after: Cell::Amount(Cents::euros(8_800))
        }
    );
    assert_eq!(now.rows[2].montant_calcule, Some(Cents::euros(8_800)));
    assert_eq!(now.rows[2].remarques, "retiré depuis la dernière liste : supprimé de DS");
    assert_eq!(now.totals[5].demandes, 3, "a withdrawn dossier counts nowhere");

    let after = KeptList::from_json(&json::write(&now).unwrap()).unwrap();
    let next = list_at("2021-10-01T04:00:00Z", vec![dossier(1), dossier(4), dossier(3)], Some(&after));
    let evolution: Vec<(i64, Evolution)> = next.rows.iter().map(|row| (row.numero_dossier, row.evolution)).collect();
    assert_eq!(
        evolution,
        [(1, Evolution::Inchange), (2, Evolution::Retire), (3, Evolution::Nouveau), (4, Evolution::Inchange)]
    );
}

#[test]
fn a_list_that_holds_hostile_texts_and_sums_beyond_every_amount_is_read_back_and_nothing_changed() {
    let hostile =
        "=cmd|' /C calc'!A0\u{202e}\u{9b}2J\t\u{2028}\r\n,=1;@x\u{200b}".to_owned() + &"e\u{301}".repeat(40_000);
    let sum = Cents(100_000 * Cents::LIMIT.0);
    let of = |number| {
        let dossier = dossier(number).name(Some(&hostile)).text(FactName::Ej, &hostile);
        dossier.with(|judged| judged.evaluation.eligible_expenses = Some(sum))
    };
    let dossiers = || (1..=5).map(of).collect::<Vec<_>>();
    let now = list_at("2021-10-01T04:00:00Z", dossiers(), Some(&kept(dossiers())));
    assert!(now.rows.iter().all(|row| row.evolution == Evolution::Inchange), "{:?}", now.changes);
    assert!(now.rows.iter().all(|row| row.depenses_eligibles == Some(sum)));
    let csv = String::from_utf8(csv::write(&now).unwrap()).unwrap();
    assert!(csv.contains(";100000000000000000,00;") && csv.contains("'=cmd|' /C calc'!A0 2J"), "{}", &csv[..2_000]);
    assert!(csv.contains(",'=1;'@x"));
}

#[test]
fn a_grant_that_ds_removed_stays_in_the_list_and_in_the_sums() {
    let granted = || dossier(1).accepted(880_000, date(2021, 9, 20));
    let before = kept(vec![granted(), dossier(2)]);
    let removed = |erased: bool| {
        vec![
            granted().removed(RemovalReason::Deleted).with(|judged| judged.subject.erased = erased),
            dossier(2).removed(RemovalReason::Deleted),
        ]
    };
    for erased in [false, true] {
        let now = list_at("2021-10-01T04:00:00Z", removed(erased), Some(&before));
        let row = &now.rows[0];
        assert_eq!((row.evolution, row.retire_de_ds), (Evolution::Modifie, Some(date(2021, 9, 25))));
        assert!(row.colonnes_modifiees.contains(&"retire_de_ds".to_owned()), "{row:?}");
        assert!(row.remarques.contains("retiré de DS le 25/09/2021 (supprimé de DS)"), "{}", row.remarques);
        assert_eq!((now.totals[5].montant_accorde, now.totals[5].demandes), (Cents::euros(8_800), 1));
        let pending = &now.rows[1];
        assert_eq!((pending.evolution, pending.retire_de_ds), (Evolution::Retire, None));
        assert!(text(&now, "Notice").contains("ne montre plus (colonne retire_de_ds)"));

        let next = KeptList::from_json(&json::write(&now).unwrap()).unwrap();
        let next = list_at("2021-10-01T04:00:00Z", removed(erased), Some(&next));
        assert_eq!((numbers(&next), next.rows[0].evolution), (vec![1], Evolution::Inchange), "and it stays");
    }
}

#[test]
fn what_cannot_be_read_is_listed_counted_and_in_no_sum() {
    let before = kept(vec![dossier(1), dossier(7)]);
    let known = Known {
        unreadable: vec![unreadable(7, Programme::Axe3V1Ads), unreadable(8, Programme::Axe3V1)],
        ..Known::of(vec![dossier(1)])
    };
    let now = list_of(&known, "2021-10-01T04:00:00Z", Some(&before));
    assert_eq!(numbers(&now), [7, 1], "one of another programme is not of this list");
    let row = &now.rows[0];
    assert_eq!(
        (row.etat.code(), row.perimetre, row.date_depot),
        ("illisible", Perimeter::Illisible, Some(date(2021, 9, 3)))
    );
    assert_eq!((row.evolution, row.colonnes_modifiees.join(" ")), (Evolution::Modifie, "etat".to_owned()));
    let apart = now.totals.last().unwrap();
    assert_eq!((apart.libelle.as_str(), apart.demandes), ("À part : contenu illisible", 1));
    assert_eq!((now.totals[5].demandes, now.count.unreadable), (1, 1));
    assert!(text(&now, "Notice").contains("ne peut plus être lu, comptés dans aucune somme : 1, soit les n° 7."));

    let next = KeptList::from_json(&json::write(&now).unwrap()).unwrap();
    let readable = list_at("2021-10-01T04:00:00Z", vec![dossier(1), dossier(7)], Some(&next));
    assert_eq!(readable.rows[1].colonnes_modifiees, ["etat"], "what it said before is not known");
}

#[test]
fn every_count_of_dossiers_follows_from_the_others() {
    let before = kept(vec![dossier(1), dossier(4)]);
    let known = Known {
        unreadable: vec![unreadable(7, Programme::Axe3V1Ads)],
        excluded: vec![Excluded { number: 9, programme: Programme::Axe3V1Ads }],
        ..Known::of(vec![
            dossier(1),
            dossier(2).departement(Some("02")),
            dossier(3).filed("2021-10-02T08:00:00Z"),
            dossier(4).removed(RemovalReason::Deleted),
            dossier(5).accepted(100, date(2021, 9, 20)).removed(RemovalReason::Absent),
        ])
    };
    let list = list_of(&known, "2021-10-01T04:00:00Z", Some(&before));
    let count = "Décompte : 6 dossiers déposés à la date d’arrêté = 2 dans les départements suivis + 1 à part (hors des \
        départements suivis, ou département inconnu) + 1 à part (contenu illisible) + 1 hors de la liste, retirés de DS sans \
        avoir été acceptés + 1 hors de la liste, écartés par un agent. La liste montre en outre, une dernière fois, 1 dossier \
        retiré depuis la précédente.";
    for name in ["Notice", "Totaux"] {
        assert!(text(&list, name).contains(count), "{}", text(&list, name));
    }
    assert_eq!(list.rows.len(), 5);
    assert_eq!(list.totals.iter().filter(|t| !t.libelle.starts_with("Ensemble")).map(|t| t.demandes).sum::<usize>(), 4);
}

#[test]
fn the_counted_amounts_add_up_to_the_total() {
    let list = list(vec![
        dossier(1).accepted(500_000, date(2021, 9, 10)),
        dossier(2).accepted(300_000, date(2021, 9, 10)).departement(Some("02")),
        dossier(3).accepted(200_000, date(2021, 10, 1)),
        dossier(4).amount(FactName::GrantedAmount, 700_000),
        dossier(5).accepted(-100, date(2021, 9, 10)),
    ]);
    let counted: Vec<Option<Cents>> = list.rows.iter().map(|row| row.montant_compte).collect();
    assert_eq!(counted, [None, Some(Cents::euros(5_000)), None, None, None]);
    let all = list.totals.iter().find(|total| total.libelle.starts_with("Ensemble")).unwrap();
    assert_eq!(all.montant_accorde, Cents::euros(5_000));
}

#[test]
fn pending_requests_are_summed_apart_from_those_refused() {
    let list = list(vec![
        dossier(1),
        dossier(2).state(DossierState::Refuse),
        dossier(3).state(DossierState::SansSuite),
        dossier(4).accepted(100, date(2021, 9, 10)),
    ]);
    let all = list.totals.iter().find(|total| total.libelle.starts_with("Ensemble")).unwrap();
    assert_eq!((all.montant_calcule, all.montant_calcule_en_cours), (Cents::euros(35_200), Cents::euros(17_600)));
}

#[test]
fn a_list_says_why_it_is_provisional_and_what_it_rests_on() {
    let known = Known {
        provisional: vec!["aucun fait du formulaire n’a de correspondance (démarche 61234)".to_owned()],
        behind: vec!["Démarche 61235, que DS ne connaît plus.".to_owned()],
        ..Known::of(vec![dossier(1)])
    };
    let list = list_of(&known, "2021-10-01T04:00:00Z", None);
    assert_eq!((list.is_provisional(), list.closed_at), (true, at("2021-09-30T21:59:59Z")));
    assert_eq!(file_stem(&list), "liste-demat-ads-2021-09-provisoire");
    let notice = text(&list, "Notice");
    for said in ["PROVISOIRE : aucun fait du formulaire", "Démarche 61235, que DS ne connaît plus."] {
        assert!(notice.contains(said), "{notice}");
    }
}

#[test]
fn a_list_of_another_region_says_nothing_of_this_one() {
    let served: Vec<String> = ["02", "59", "60", "62", "80"].map(str::to_owned).to_vec();
    let known = Known { region: "32", served, ..Known::of(vec![dossier(1).departement(Some("60"))]) };
    let bytes = xlsx::write(&list_of(&known, "2021-10-01T04:00:00Z", None)).unwrap();
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for (_, range) in workbook.worksheets() {
        all.extend(range.used_cells().map(|(_, _, cell)| format!("{cell}\n")));
    }
    assert!(all.contains("Région Hauts-de-France, départements suivis : 02, 59, 60, 62, 80."), "{all}");
    for other in ["Île-de-France", "Ile-de-France", "Paris ", "guide pratique", "UDEAT"] {
        assert!(
            !all.replace("(heure de Paris)", "").replace("l’heure de Paris", "").contains(other),
            "{other} : {all}"
        );
    }
}

#[test]
fn two_lists_that_say_the_same_are_the_same_alone() {
    let before = kept(vec![dossier(1)]);
    let known = Known::of(vec![dossier(1), dossier(2)]);
    let says = |input: &MonthlyInput<'_>| json::write(&draw_up(&input.alone())).unwrap();
    let first = says(&input(&known, "2021-10-01T04:00:00Z", None));
    let later = MonthlyInput { revision: 3, ..input(&known, "2021-12-01T04:00:00Z", Some(&before)) };
    assert_eq!(says(&later), first);
    // Lists kept before there was such a field say the same as those made now.
    assert!(!String::from_utf8(first.clone()).unwrap().contains("non_comparee_a"));
    let other = Known::of(vec![dossier(1), dossier(2).computed(Some(100))]);
    assert_ne!(says(&input(&other, "2021-10-01T04:00:00Z", None)), first);
}

fn text(list: &MonthlyList, name: &str) -> String {
    let sheet = sheet(&xlsx::write(list).unwrap(), name);
    sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_column_that_the_last_list_did_not_have_changes_nothing() {
    let mut before = kept(vec![dossier(1)]);
    before.columns.remove("remarques");
    before.rows[0].remarques = "autre chose".to_owned();
    let now = list_at("2021-10-01T04:00:00Z", vec![dossier(1)], Some(&before));
    assert_eq!(now.rows[0].evolution, Evolution::Inchange);
}

#[test]
fn a_document_that_is_no_list_is_refused_without_quoting_it() {
    for document in [&b"{\"kind\":\"secret\"}"[..], b"", b"[]"] {
        let message = KeptList::from_json(document).unwrap_err().to_string();
        assert!(message.starts_with("la liste conservée est illisible") && !message.contains("secret"), "{message}");
    }
}

#[test]
fn the_csv_reads_in_a_french_spreadsheet() {
    let list = list(vec![
        dossier(1)
            .name(Some("Ville ; « L’Haÿ »"))
            .text(FactName::ApplicantType, "centre_instructeur")
            .communes(&["93048", "93063"])
            .accepted(525_040, date(2021, 9, 10)),
        dossier(2).departement(Some("75")).name(None).computed(None),
    ]);
    let bytes = csv::write(&list).unwrap();
    assert!(bytes.starts_with(b"\xEF\xBB\xBFdepartement;numero_dossier;"));
    let text = String::from_utf8(bytes).unwrap();
    let rows: Vec<&str> = text.split_terminator("\r\n").skip(1).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    75;2;en_instruction;2021-09-03;;20005787500011;;93063;;;30000,00;;;;;;;eligible;;nouveau;;https://demarche.numerique.gouv.fr/procedures/61234/dossiers/2;Paris;suivi;;;;;;;;;;;;
    93;1;accepte;2021-09-03;centre_instructeur;20005787500011;"Ville ; « L’Haÿ »";93063;2;93048 93063;30000,00;8800,00;5250,40;;;2021-09-10;;eligible;;nouveau;;https://demarche.numerique.gouv.fr/procedures/61234/dossiers/1;Seine-Saint-Denis;suivi;;;;;;;;2021-09-20;;;5250,40;
    "#);
}

#[test]
fn the_workbook_holds_real_dates_amounts_and_texts() {
    let hostile = "=HYPERLINK(\"http://x\",\"y\")";
    let list = list(vec![dossier(1).name(Some(hostile)).accepted(525_040, date(2021, 9, 10))]);
    let sheet = sheet(&xlsx::write(&list).unwrap(), "Liste");
    let cell = |name: &str| sheet.get_value((1, u32::try_from(column(name)).unwrap())).unwrap();
    assert_eq!(sheet.get_value((0, 0)), Some(&Data::String("departement".to_owned())));
    assert_eq!(cell("beneficiaire"), &Data::String(hostile.to_owned()));
    assert_eq!(cell("siret"), &Data::String("20005787500011".to_owned()));
    assert_eq!(cell("code_insee"), &Data::String("93063".to_owned()));
    assert_eq!(cell("montant_accorde"), &Data::Float(5250.4));
    assert_eq!(cell("numero_dossier").as_i64(), Some(1));
    assert!(cell("date_commission").is_datetime());
    assert_eq!(cell("date_commission").as_datetime_parts(), Some((2021, 9, 10)));
    assert_eq!(cell("montant_paye"), &Data::Empty);
}

trait DatetimeParts {
    fn as_datetime_parts(&self) -> Option<(u16, u8, u8)>;
}

impl DatetimeParts for Data {
    fn as_datetime_parts(&self) -> Option<(u16, u8, u8)> {
        let Data::DateTime(datetime) = self else { return None };
        let (year, month, day, ..) = datetime.to_ymd_hms_milli();
        Some((year, month, day))
    }
}

#[test]
fn the_workbook_says_what_it_stands_for() {
    let before = kept(vec![dossier(1)]);
    let final_list = list_at("2021-10-01T04:00:00Z", vec![dossier(1).computed(Some(100))], Some(&before));
    let bytes = xlsx::write(&final_list).unwrap();
    let text = |bytes: &[u8], name: &str| {
        let sheet = sheet(bytes, name);
        sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
    };
    assert!(text(&bytes, "Totaux").contains("Arrêté au 30/09/2021"));
    assert!(text(&bytes, "Notice").contains("Arrêté au 30/09/2021"));
    assert!(text(&bytes, "Évolutions").contains("montant_calcule\n8800\n1"));
    let provisional = xlsx::write(&list_at("2021-09-15T08:00:00Z", vec![dossier(1)], None)).unwrap();
    assert!(
        text(&provisional, "Totaux").contains("PROVISOIRE : la période n’est pas close. État au 15/09/2021 à 10:00")
    );
    assert!(text(&provisional, "Liste provisoire").contains("Est Ensemble"));
}

#[test]
fn the_same_list_gives_the_same_bytes() {
    let list = || list(vec![dossier(1), dossier(2).communes(&["93048"])]);
    assert_eq!(xlsx::write(&list()).unwrap(), xlsx::write(&list()).unwrap());
    assert_eq!(csv::write(&list()).unwrap(), csv::write(&list()).unwrap());
    assert_eq!(json::write(&list()).unwrap(), json::write(&list()).unwrap());
}

#[test]
fn an_empty_list_can_be_written() {
    let list = list(Vec::new());
    assert_eq!(sheet(&xlsx::write(&list).unwrap(), "Liste").height(), 1);
    assert_eq!(list.totals.len(), 9);
    assert!(csv::write(&list).unwrap().ends_with(b"\r\n"));
}

/// A spreadsheet would run it, were it not text.
fn runs_as_formula(cell: &str) -> bool {
    let is_number = cell.strip_prefix('-').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit() || c == ','));
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) && !is_number
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[=+@\t\r\n ＝＋－＠-][ -~]{0,20}", "[\\x00-\\x20]{0,5}=[A-Z]{1,5}\\(\\)"]
}

fn any_state() -> impl Strategy<Value = DossierState> {
    prop::sample::select(DossierState::KNOWN.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases * 3 / 16))]

    #[test]
    fn no_text_becomes_a_formula(text in hostile_text(), other in hostile_text()) {
        let sample = dossier(1)
            .name(Some(&text))
            .departement(Some(&other))
            .text(FactName::ApplicantType, &text)
            .text(FactName::Ej, &other)
            .verdict("ADS-04", Review, ToReview, &text)
            .missing("ADS-04", &text)
            .with(|judged| {
                judged.subject.state = DossierState::Other(text.clone());
                judged.subject.applicant.code_insee = Some(text.clone());
                judged.evaluation.verdicts[0].rule.clone_from(&text);
            });
        let list = list(vec![sample]);
        let bytes = csv::write(&list).unwrap();
        let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(&bytes[3..]);
        let record = reader.records().next().unwrap().unwrap();
        prop_assert_eq!(record.len(), COLUMNS.len());
        for cell in &record {
            prop_assert!(!runs_as_formula(cell), "{:?}", cell);
        }
        let bytes = xlsx::write(&list).unwrap();
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        for name in workbook.sheet_names() {
            prop_assert_eq!(workbook.worksheet_formula(&name).unwrap().used_cells().count(), 0);
        }
        prop_assert_eq!(json::write(&list).map(|document| KeptList::from_json(&document).is_ok()).unwrap(), true);
    }

    #[test]
    fn sums_are_those_of_the_rows(
        dossiers in prop::collection::vec(
            (any_state(), prop::option::of(-1_000_000_i64..1_000_000_000), prop::option::of(0_i64..1_000_000_000), 0_usize..10),
            0..20,
        )
    ) {
        let codes = ["75", "77", "78", "91", "92", "93", "94", "95", "02"];
        let samples = (1..).zip(&dossiers).map(|(number, (state, computed, granted, place))| {
            let sample = dossier(number).state(state.clone()).computed(*computed).departement(codes.get(*place).copied());
            match granted {
                Some(cents) => sample.fact(FactName::GrantedAmount, FactValue::Amount(Cents::from(*cents))),
                None => sample,
            }
        });
        let list = list(samples.collect());
        let inside: Vec<&ListRow> = list.rows.iter().filter(|row| row.perimetre == Perimeter::Suivi).collect();
        let all = list.totals.iter().find(|total| total.libelle.starts_with("Ensemble")).unwrap();
        let parts: Vec<&Total> = list.totals.iter().filter(|total| total.departement.is_some()).collect();
        prop_assert_eq!(all.demandes, inside.len());
        prop_assert_eq!(all.montant_calcule, inside.iter().filter_map(|row| row.montant_calcule).sum::<Cents>());
        let granted = inside.iter().filter(|row| row.is_accepted()).filter_map(|row| row.montant_accorde);
        prop_assert_eq!(all.montant_accorde, granted.sum::<Cents>());
        prop_assert_eq!(all.montant_accorde, list.rows.iter().filter_map(|row| row.montant_compte).sum::<Cents>());
        prop_assert_eq!(all.montant_calcule, parts.iter().map(|total| total.montant_calcule).sum::<Cents>());
        prop_assert_eq!(all.montant_accorde, parts.iter().map(|total| total.montant_accorde).sum::<Cents>());
        for total in &list.totals {
            let states = [total.en_construction, total.en_instruction, total.accepte, total.refuse, total.sans_suite, total.autre_etat];
            prop_assert_eq!(states.iter().sum::<usize>(), total.demandes);
            prop_assert_eq!(total.eligible + total.a_verifier + total.non_eligible, total.demandes);
        }
        prop_assert_eq!(list.totals.iter().filter(|t| !t.libelle.starts_with("Ensemble")).map(|t| t.demandes).sum::<usize>(), list.rows.len());
    }

    #[test]
    fn amounts_in_cells_are_exact(cents in -Cents::LIMIT.0..=Cents::LIMIT.0) {
        let list = list(vec![dossier(1).computed(i64::try_from(cents).ok())]);
        let sheet = sheet(&xlsx::write(&list).unwrap(), "Liste");
        let shown = sheet.get((1, column("montant_calcule"))).and_then(DataType::as_f64).unwrap();
        prop_assert_eq!(Cents::parse(&format!("{shown:.2}")), Ok(Cents(cents)));
    }
}

#[test]
fn the_figures_of_each_format_are_the_same_and_those_of_what_was_altered_are_not() {
    let list = list(vec![distinct(1), distinct(2), dossier(3)]);
    let formats = [
        ("json", json::write(&list).unwrap()),
        ("csv", csv::write(&list).unwrap()),
        ("xlsx", xlsx::write(&list).unwrap()),
    ];
    let figures = formats.each_ref().map(|(format, content)| Figures::of(format, content).unwrap());
    assert_eq!(figures[0].rows, list.rows.len());
    assert!(figures[0].largest > Cents::ZERO && figures[0].sums.len() == 6, "{:?}", figures[0]);
    assert_eq!((&figures[1], &figures[2]), (&figures[0], &figures[0]));
    let csv = String::from_utf8(formats[1].1.clone()).unwrap();
    let shorter = csv.lines().take(list.rows.len()).collect::<Vec<_>>().join("\r\n");
    assert_ne!(Figures::of("csv", shorter.as_bytes()).unwrap(), figures[0]);
    for (format, content) in &formats {
        assert_eq!(Figures::of(format, &content[..content.len() / 2]), None, "{format}");
    }
    assert_eq!(Figures::of("html", b"<html>"), None);
}
