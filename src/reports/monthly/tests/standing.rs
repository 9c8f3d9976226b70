//! What a list says of itself: whether it is final, what changed since the last one, for which région.

use super::*;

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
    assert_eq!(file_stem(&MonthlyList { revision: 2, ..next_second.list }), "liste-demat-ads-2021-09-rev2");
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
    assert_eq!(
        now.rows[1].colonnes_modifiees,
        ["etat", "montant_accorde", "date_commission", "date_decision", "montant_compte"]
    );
    assert_eq!(now.changes.len(), 5);
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
    let says = |input: Input<'_>| json::write_alone(&draw_up(input)).unwrap();
    let first = says(input(&known, "2021-10-01T04:00:00Z", None));
    let later = Input { revision: 3, ..input(&known, "2021-12-01T04:00:00Z", Some(&before)) };
    assert_eq!(says(later), first);
    // Lists kept before there was such a field say the same as those made now.
    assert!(!String::from_utf8(first.clone()).unwrap().contains("non_comparee_a"));
    let other = Known::of(vec![dossier(1), dossier(2).computed(Some(100))]);
    assert_ne!(says(input(&other, "2021-10-01T04:00:00Z", None)), first);
}

#[test]
fn a_column_that_the_last_list_did_not_have_changes_nothing() {
    let mut before = kept(vec![dossier(1)]);
    before.list.columns.remove("remarques");
    before.rows[0].remarques = "autre chose".to_owned();
    let now = list_at("2021-10-01T04:00:00Z", vec![dossier(1)], Some(&before));
    assert_eq!(now.rows[0].evolution, Evolution::Inchange);
}

#[test]
fn a_document_that_is_no_list_is_refused_without_quoting_it() {
    for document in [&b"{\"kind\":\"secret\"}"[..], b"", b"[]"] {
        let message = super::super::KeptList::read(document, |_| Ok(())).unwrap_err().to_string();
        assert!(message.starts_with("la liste conservée est illisible") && !message.contains("secret"), "{message}");
    }
}
