//! Which dossiers have a row, and what each column says of them.

use super::*;

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
