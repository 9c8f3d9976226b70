//! The sums, each of its own.

use super::*;

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
fn who_is_no_longer_asking_is_in_no_doubt() {
    let doubtful = |number| dossier(number).verdict("ADS-09", Review, ToReview, "Doublon probable avec le dossier 2.");
    let list =
        list(vec![doubtful(1), doubtful(2).state(DossierState::Refuse), doubtful(3).state(DossierState::SansSuite)]);
    let all = &list.totals[5];
    assert_eq!((all.demandes_en_doute, all.montant_en_doute), (1, Cents::euros(8_800)));
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
fn what_was_decided_after_the_end_is_counted_apart_and_adds_up() {
    let treated = |judged: &mut crate::domain::subject::Judged| {
        judged.subject.treated_at = Some(at("2021-10-12T08:00:00Z"));
    };
    let list = list(vec![
        dossier(1).accepted(100_000, date(2021, 9, 20)),
        dossier(2).accepted(200_000, date(2021, 10, 5)),
        dossier(3).state(DossierState::Refuse).with(treated),
        dossier(4).state(DossierState::Refuse),
        dossier(5),
    ]);
    let total = list.totals.iter().find(|total| total.departement.as_deref() == Some("93")).unwrap();
    assert_eq!((total.accepte, total.accepted(), total.refuse, total.decided_since()), (2, 1, 2, 2));
    assert_eq!(total.montant_accorde, Cents(100_000));
    assert_eq!(total.montant_calcule_en_cours, Cents::euros(4 * 8_800), "the refusal came later");
    let counted = "5 demandes, dont 1 acceptée et 2 décidées depuis";
    assert_eq!(total.told(), counted);
    assert!(summary(&list).lines.iter().any(|line| line.contains(counted)));
    // The codes are those of DS: what the rows say again, the sums of the document say too.
    let document: serde_json::Value = serde_json::from_slice(&json::write(&list).unwrap()).unwrap();
    let told = document["totals"].as_array().unwrap().iter().find(|total| total["departement"] == "93").unwrap();
    assert_eq!((&told["accepte"], &told["accepte_depuis"]), (&2.into(), &1.into()));
    assert_eq!(
        (&told["sans_suite_depuis"], &document["rows"][1]["etat"]),
        (&serde_json::Value::Null, &"accepte".into())
    );
    let book = xlsx::write(&list).unwrap();
    let cells = sheet(&book, "Totaux");
    let with = |words: &str| cells.rows().find(|row| row.iter().any(|cell| *cell == *words)).unwrap();
    let (headings, line) = (with("Montant engagé"), with("Seine-Saint-Denis"));
    let at = |heading: &str| headings.iter().position(|cell| *cell == *heading).unwrap();
    let of = |heading: &str| line[at(heading)].as_i64().unwrap();
    let states =
        ["En construction", "En instruction", "Acceptées", "Refusées", "Sans suite", "Décidées depuis", "Autre état"];
    assert_eq!(states.map(of), [0, 1, 1, 1, 0, 2, 0]);
    assert_eq!(states.map(of).into_iter().sum::<i64>(), of("Demandes"));
    let shown = text(&list, "Liste");
    assert!(shown.contains("Seine-Saint-Denis (93)\u{a0}: ") && shown.contains(counted), "{shown}");
    assert!(shown.contains("accepté depuis") && shown.contains("refusé depuis"), "{shown}");
}
