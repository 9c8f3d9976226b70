//! What was filed, decided and is still to be done.

use super::*;

#[test]
fn what_was_decided_or_filed_later_does_not_count() {
    let later = |judged: &mut Judged| judged.subject.treated_at = Some(at("2021-09-30T22:00:00Z"));
    let report = report(vec![
        project(1).accepted(100, date(2021, 9, 30)).with(later),
        project(2).accepted(200, date(2021, 9, 30)).filed("2021-09-30T22:00:00Z"),
        project(3).accepted(400, date(2021, 9, 30)),
    ]);
    assert_eq!((line(&report, "93").granted, report.decided_later.clone()), (Cents(400), vec![(Axe3V1, 1)]));
    let page = said(&report);
    assert!(page.contains(
        "1 dossier accepté dont la commission ou la décision sur DS est postérieure à la date d’arrêté : hors sommes, compté parmi ce qui attendait une décision (1)."
    ));
    assert_eq!(line(&report, "93").requests, 2);
}

#[test]
fn dossiers_are_counted_by_state_and_by_when_they_were_filed() {
    let report = report(vec![
        project(1).filed("2021-06-30T21:59:59Z"),
        project(2).filed("2021-06-30T22:00:00Z").state(DossierState::Refuse),
        project(3).filed("2021-09-30T21:59:59Z").state(DossierState::Other("nouveau".to_owned())),
    ]);
    let activity = &report.activities[0];
    assert_eq!((activity.filed_before, activity.filed_in_quarter), (1, 2));
    assert_eq!((activity.states.known, activity.states.other), ([0, 1, 0, 1, 0], 1));
    assert_eq!(activity.by_status, [3, 0, 0]);
}

#[test]
fn the_trend_is_told_against_the_quarter_before_once_the_quarter_is_over() {
    let dossiers = || {
        vec![
            project(1).accepted(300, date(2021, 6, 30)),
            project(2).accepted(200, date(2021, 7, 1)),
            project(3).accepted(900, date(2021, 3, 31)),
        ]
    };
    let whole = report(dossiers());
    let line_93 = line(&whole, "93");
    assert_eq!((line_93.granted_in_quarter, line_93.granted_in_previous_quarter), (Cents(200), Cents(300)));
    assert_eq!((line_93.trend, line(&whole, "77").trend), (Some(Trend::Down), None));
    assert_eq!(line(&report_at("2021-09-25T08:00:00Z", dossiers()), "93").trend, None);
}

#[test]
fn after_the_grant_each_project_says_what_is_still_to_be_done() {
    let end = |day| project(1).accepted(100, date(2021, 8, 10)).date(FactName::ProjectEnd, day);
    let due = |sample: Sample| {
        let report = report(vec![sample]);
        let one = &report.laureates[0];
        (one.report_due, one.evaluation_due, one.to_publish)
    };
    assert_eq!(due(end(date(2021, 9, 30))), (true, true, true));
    assert_eq!(due(end(date(2021, 10, 1))), (false, false, true));
    let done = end(date(2021, 9, 1)).date(FactName::ActivityReportOn, date(2021, 9, 20));
    assert_eq!(due(done.date(FactName::EvaluatedOn, date(2021, 10, 1))), (false, true, true));
    assert_eq!(due(project(1).accepted(100, date(2021, 6, 30))), (false, false, false));
    assert_eq!(report(vec![dossier(1).accepted(100, date(2021, 8, 10))]).laureates, [], "not Démat.ADS");
    let page = said(&report(vec![end(date(2021, 9, 1))]));
    assert!(
        page.contains("Bilans d’activité à demander | 1 | 0 | 1") && page.contains("Évaluations à faire | 1 | 0 | 1")
    );
}

#[test]
fn what_was_known_only_later_is_said() {
    let report = report(vec![project(99)]);
    assert_eq!(report.known_later, 1);
    assert!(said(&report).contains("1 dossier lu pour la première fois après la date d’arrêté"));
    assert_eq!(report_at("2021-09-20T08:00:00Z", vec![project(99)]).known_later, 0);
}

#[test]
fn a_grant_that_ds_removed_counts_and_is_named() {
    let erased = |judged: &mut Judged| judged.subject.erased = true;
    let report = report(vec![
        project(1).accepted(4_000_000, date(2021, 8, 10)).removed(RemovalReason::Deleted),
        project(2).accepted(2_000_000, date(2021, 8, 10)).removed(RemovalReason::Deleted).with(erased),
        project(3).removed(RemovalReason::Pending),
    ]);
    let line = line(&report, "93");
    assert_eq!((line.requests, line.grants, line.granted), (2, 2, Cents::euros(60_000)));
    let named: Vec<i64> = report.removed_grants.iter().map(|grant| grant.number).collect();
    assert_eq!(named, [1, 2]);
    let page = said(&report);
    assert!(page.contains("supprimé de DS, retiré de DS le 25 septembre 2021"));
    let attention = sheet(&xlsx::write(&report).unwrap(), "Points d’attention");
    assert_eq!(attention.used_cells().filter(|(_, _, cell)| *cell == "accepté, retiré de DS").count(), 2);
}

#[test]
fn every_count_of_dossiers_follows_from_the_others() {
    let known = Known {
        unreadable: vec![unreadable(7, Axe3V1)],
        excluded: vec![Excluded { number: 9, programme: Axe3V1 }],
        ..Known::of(vec![
            project(1),
            places(project(2), &["60"]),
            project(3).removed(RemovalReason::Deleted),
            project(4).filed("2021-10-02T08:00:00Z"),
            dossier(5),
            dossier(6).programme(Programme::Axe2V1),
        ])
    };
    let report = report_of(&known, "2021-10-05T06:00:00Z", &drawing_rights());
    let lines: Vec<_> = report
        .reckonings
        .iter()
        .map(|one| (one.programme, one.count.filed(), one.count.shown, one.apart, one.requests()))
        .collect();
    assert_eq!(
        lines,
        [
            (Some(Programme::Axe2V1), 1, 1, None, None),
            (Some(Axe3V1), 5, 2, Some(1), Some(1)),
            (Some(Axe3V1Ads), 1, 1, Some(0), Some(1)),
            (None, 7, 4, None, None),
        ]
    );
    for (section, requests) in report.sections.iter().zip([1, 1, 0]) {
        assert_eq!(section.total.requests, requests, "{}", section.title);
    }
    let filed: usize = report.activities.iter().map(Activity::filed).sum();
    assert_eq!(filed, 4);
    let page = said(&report);
    assert!(page.contains("Dossiers illisibles") && page.contains("7 (Axe 3, volet 1 : guichet territorial"));
    let sums = [
        "Axe 3, volet 1 : guichet territorial, thèmes 1 à 3. 5 dossiers déposés = 2 dans ce rapport + 1 retiré de DS sans avoir \
         été accepté + 1 écarté par un agent + 1 illisible.",
        "2 dossiers du rapport = 1 demande sur les crédits + 1 hors du périmètre ou de lieu à préciser.",
        "7 dossiers déposés = 4 dans ce rapport + 1 retiré de DS sans avoir été accepté + 1 écarté par un agent + 1 illisible. Le",
    ];
    for sum in sums {
        assert!(page.contains(sum), "{sum}: {page}");
    }
    assert!(sheet(&xlsx::write(&report).unwrap(), "Décompte").used_cells().count() > 8);
}

#[test]
fn controls_that_are_to_be_looked_at_are_told_after_those_that_are_broken() {
    let report = report(vec![
        project(1)
            .verdict("A3V1-10", Control, ToReview, "Montant maximal inconnu.")
            .verdict("A3V1-05", Review, ToReview, "À lire."),
        project(2).verdict("A3V1-10", Control, NotMet, "Accordé au-delà du maximum.").verdict(
            "A3V1-15",
            Control,
            Met,
            "Conforme.",
        ),
    ]);
    let told: Vec<_> = report.breaches.iter().map(|breach| (breach.number, breach.verdict)).collect();
    assert_eq!(told, [(2, NotMet), (1, ToReview)]);
    let page = said(&report);
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("A3V1-")).collect();
    assert_eq!(lines, ["A3V1-10 | non respectée | 1 | 2", "A3V1-10 | à vérifier | 1 | 1"]);
}

#[test]
fn who_is_refused_expects_no_support() {
    let wanting = |number: i64, state: DossierState| {
        let choices = FactValue::Choices(["lab".to_owned()].into());
        project(number).fact(FactName::SupportWanted, choices).state(state)
    };
    let report = report(vec![
        wanting(1, DossierState::EnInstruction),
        wanting(2, DossierState::Refuse),
        wanting(3, DossierState::SansSuite),
        wanting(4, DossierState::Accepte),
    ]);
    assert_eq!(report.support.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn a_carrier_is_named_once_and_an_individual_never() {
    let wants = |number| {
        let codes = ["training".to_owned()].into_iter().collect();
        project(number).fact(FactName::SupportWanted, FactValue::Choices(codes))
    };
    let individual = wants(3).name(Some("Mme Ada Fictive")).with(|judged| {
        judged.subject.applicant.legal_kind = LegalKind::Person;
        judged.subject.applicant.siret = None;
    });
    let page = said(&report(vec![
        wants(1).name(Some("VILLE DE X")).departement(None),
        wants(2).name(Some("Ville de X")).departement(Some("93")),
        individual,
    ]));
    assert!(page.contains("VILLE DE X (93)") && !page.contains("Ville de X"), "{page}");
    assert!(page.contains("un particulier") && !page.contains("Fictive"), "{page}");
}

#[test]
fn what_was_decided_after_the_end_waited_on_the_last_day() {
    let treated = |instant: &'static str| move |judged: &mut Judged| judged.subject.treated_at = Some(at(instant));
    let asking = |number: i64| project(number).computed(Some(2_000_000)).amount(FactName::RequestedAmount, 1_500_000);
    let report = report(vec![
        project(1).accepted(29_000_000, date(2021, 9, 30)),
        asking(2).accepted(1_000_000, date(2021, 10, 5)).verdict("A3V1-10", Control, NotMet, "Au-delà du maximum."),
        asking(3).state(DossierState::Refuse).with(treated("2021-10-04T08:00:00Z")),
        asking(4).state(DossierState::SansSuite).with(treated("2021-09-04T08:00:00Z")),
        asking(5),
    ]);
    let states = report.activities[0].states;
    assert_eq!((states.known, states.decided_since, states.all()), ([0, 1, 1, 0, 1], 2, 5));
    assert_eq!(report.breaches, [], "there is no decision to control yet");
    assert_eq!(line(&report, "93").granted, Cents::euros(290_000));
    let margin = report.margins.iter().find(|margin| margin.departement.as_deref() == Some("93")).unwrap();
    // What was granted since, else what is asked for.
    assert_eq!((margin.pending, margin.wanted), (3, Cents::euros(40_000)));
    assert_eq!(margin.margin(), Cents::euros(-33_000));
    let page = said(&report);
    assert!(page.contains("une réallocation pourrait porter sur 33 000,00 €"), "{page}");
    assert!(
        page.contains("En attente, décidé depuis : dossier qui attendait une décision à la date d’arrêté"),
        "{page}"
    );
    assert!(!page.contains("dossiers acceptés ="), "accepted dossiers are those of the credits: {page}");
    let book = sheet(&xlsx::write(&report).unwrap(), "Dossiers déposés");
    let with = |words: &str| book.rows().find(|row| row.iter().any(|cell| *cell == *words)).unwrap();
    let since = with("Programme").iter().position(|cell| *cell == *"en attente, décidé depuis").unwrap();
    assert_eq!(with("Axe 3, volet 1 : guichet territorial, thèmes 1 à 3")[since], 2.0);
    assert_eq!(report.durations[0].decided.ever.count(), 1);
}

#[test]
fn no_word_is_said_of_what_is_decided_later_where_nothing_is() {
    let page = said(&report(vec![project(1).accepted(100, date(2021, 9, 30)), project(2)]));
    assert!(!page.contains("depuis :") && !page.contains("décidé depuis"), "{page}");
}

#[test]
fn who_wants_support_is_named_in_the_order_of_a_dictionary() {
    let wanting = |number: i64, name: &str| {
        project(number)
            .name(Some(name))
            .with(|judged| judged.subject.applicant.siret = None)
            .fact(FactName::SupportWanted, FactValue::Choices(["lab".to_owned()].into()))
    };
    let page = said(&report(vec![
        wanting(1, "COMMUNE DU MÉE"),
        wanting(2, "COMMUNE D’ANTONY"),
        wanting(3, "Commune de Bondy"),
    ]));
    let names = "COMMUNE D’ANTONY (93) ; Commune de Bondy (93) ; COMMUNE DU MÉE (93)";
    assert!(page.contains(names), "{page}");
}
