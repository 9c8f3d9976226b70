//! Rights, what is taken from them, and what is left.

use super::*;

#[test]
fn only_accepted_dossiers_with_an_amount_count() {
    let report = report(vec![
        project(1).accepted(4_000_000, date(2021, 8, 10)).amount(FactName::PaidAmount, 1_000_000),
        project(2).accepted(2_000_000, date(2021, 6, 10)).amount(FactName::EngagedAmount, 2_000_000),
        project(3).state(DossierState::Accepte),
        project(4).amount(FactName::GrantedAmount, 9_900_000),
        project(5).amount(FactName::GrantedAmount, 9_900_000).removed(RemovalReason::Deleted),
    ]);
    let line = line(&report, "93");
    assert_eq!((line.requests, line.grants, line.without_amount), (4, 2, 1));
    assert_eq!((line.granted, line.granted_in_quarter), (Cents::euros(60_000), Cents::euros(40_000)));
    assert_eq!((line.engaged, line.paid), (Cents::euros(20_000), Cents::euros(10_000)));
    assert_eq!(line.left(), Some(Cents::euros(237_000)));
    assert_eq!(line.share().map(|share| share.round_dp(4)), Some(Decimal::new(2020, 4)));
    assert_eq!(report.without_amount().map(|grant| grant.number).collect::<Vec<_>>(), [3]);
}

#[test]
fn paris_has_no_drawing_right_and_counts_apart() {
    let report = report(vec![project(1).departement(Some("75")).accepted(500_000, date(2021, 8, 10))]);
    let section = &report.sections[0];
    assert!(section.lines.iter().all(|credit| credit.departement.as_deref() != Some("75")));
    assert_eq!((section.lines.len(), section.total.granted), (7, Cents::ZERO));
    assert_eq!((section.apart[0].label.as_str(), section.apart[0].granted), ("Paris", Cents::euros(5_000)));
    assert_eq!(section.apart[0].right, None);
}

#[test]
fn a_project_counts_where_it_is_carried_out() {
    let two_departements = |judged: &mut Judged| {
        judged.subject.applicant.siret = Siret::parse("20005478100011").ok(); // Métropole du Grand Paris
        judged.subject.applicant.departement = Some("75".to_owned());
    };
    let report = report(vec![
        places(project(1), &["95"]).accepted(100, date(2021, 8, 10)),
        places(project(2), &["77", "78"]).accepted(200, date(2021, 8, 10)),
        project(3).accepted(400, date(2021, 8, 10)),
        project(4).with(two_departements).accepted(800, date(2021, 8, 10)),
    ]);
    assert_eq!((line(&report, "95").granted, line(&report, "93").granted), (Cents(100), Cents(400)));
    let unknown = &report.sections[0].apart[0];
    assert_eq!(
        (unknown.label.as_str(), unknown.granted, unknown.requests),
        ("Département à préciser", Cents(1_000), 2)
    );
}

#[test]
fn each_programme_has_its_own_section() {
    let report = report(vec![
        dossier(1).accepted(880_000, date(2021, 8, 10)),
        dossier(2).programme(Axe3V2).departement(Some("75")).accepted(5_000_000, date(2021, 7, 10)),
        dossier(3).programme(Programme::Axe2V1).accepted(700, date(2021, 7, 10)),
    ]);
    let totals: Vec<(Cents, Option<Cents>)> =
        report.sections.iter().map(|section| (section.total.granted, section.total.left())).collect();
    assert_eq!(
        totals,
        [
            (Cents::ZERO, Some(Cents::euros(2_079_000))),
            (Cents::euros(8_800), None),
            (Cents::euros(50_000), Some(Cents::euros(150_000)))
        ]
    );
}

#[test]
fn the_slip_of_the_guide_is_shown() {
    let report = report(Vec::new());
    assert_eq!(report.drawing_note.map(DrawingNote::difference), Some(Cents::euros(208)));
    let page = said(&report);
    assert!(page.contains("L’écart de 208,00 € n’est attribué à aucun département"));
}

#[test]
fn the_pace_of_the_quarter_tells_when_the_right_runs_out() {
    // 92 days for 92 000 €: 1 000 € a day, 205 000 € left after the 92 000 €.
    let report = report(vec![project(1).accepted(9_200_000, date(2021, 8, 10))]);
    assert_eq!(line(&report, "93").outlook, Outlook::On(date(2022, 4, 23)));
    assert_eq!(line(&report, "77").outlook, Outlook::Unknown);
}

#[test]
fn a_right_without_anything_left_is_used_up_since_a_day() {
    let report = report(vec![
        project(2).accepted(10_000_000, date(2021, 8, 20)),
        project(1).accepted(19_700_000, date(2021, 8, 10)),
        project(3).accepted(100, date(2021, 9, 10)),
    ]);
    assert_eq!(line(&report, "93").outlook, Outlook::Exhausted(Some(date(2021, 8, 20))));
    let page = said(&report);
    assert!(page.contains("épuisé depuis le 20 août 2021"));
}

#[test]
fn what_is_engaged_and_paid_counts_without_a_granted_amount() {
    let report = report(vec![
        project(1).state(DossierState::Accepte).amount(FactName::EngagedAmount, 500).amount(FactName::PaidAmount, 300),
        project(2).accepted(-100, date(2021, 8, 10)),
    ]);
    let line = line(&report, "93");
    assert_eq!((line.grants, line.without_amount, line.granted), (0, 2, Cents::ZERO));
    assert_eq!((line.engaged, line.paid), (Cents(500), Cents(300)));
}

#[test]
fn the_first_review_and_the_milestone_have_their_day() {
    let report = report(vec![
        project(1).accepted(29_700_000, date(2021, 9, 1)),
        project(2).accepted(100, date(2021, 9, 2)),
        project(3).state(DossierState::Accepte).amount(FactName::GrantedAmount, 700),
    ]);
    let review = report.review.as_ref().unwrap();
    let line = review.lines.iter().find(|line| line.departement.as_deref() == Some("93")).unwrap();
    assert_eq!((line.granted, line.left()), (Cents::euros(297_000), Some(Cents::ZERO)));
    assert_eq!((review.lines.len(), review.undated), (8, 1));
    let milestone = report.milestone.as_ref().unwrap();
    assert_eq!((milestone.reached, milestone.together.granted), (true, Cents(29_700_100)));
    let page = said(&report);
    assert!(
        page.contains("UO 0363-DITP-DR75")
            && page.contains("Premier bilan de la consommation des crédits, au 1ᵉʳ septembre 2021")
    );
    assert!(sheet(&xlsx::write(&report).unwrap(), "Premier bilan").used_cells().count() > 8);
}

#[test]
fn margins_tell_what_could_go_from_one_departement_to_another() {
    let report = report(vec![
        project(1).accepted(29_000_000, date(2021, 8, 1)),
        project(2).computed(Some(2_000_000)).amount(FactName::RequestedAmount, 1_500_000),
        project(3).computed(Some(100_000)).amount(FactName::RequestedAmount, 900_000),
        project(4).computed(None),
        project(5).computed(Some(100)).with(|judged| judged.evaluation.status = Status::NonEligible),
        project(6).computed(Some(100)).state(DossierState::Refuse),
    ]);
    let margin = report.margins.iter().find(|margin| margin.departement.as_deref() == Some("93")).unwrap();
    assert_eq!((margin.left, margin.wanted), (Cents::euros(7_000), Cents::euros(16_000)));
    assert_eq!((margin.pending, margin.without_amount, margin.margin()), (3, 1, Cents::euros(-9_000)));
    let page = said(&report);
    assert!(page.contains("une réallocation pourrait porter sur 9 000,00 €"));
}

#[test]
fn a_project_of_several_departements_counts_for_the_region() {
    let lab = |number: i64| dossier(number).programme(Axe3V2);
    let report = report(vec![
        places(lab(1), &["75", "92"]).accepted(100, date(2021, 8, 10)),
        places(lab(2), &["95"]).accepted(200, date(2021, 8, 10)),
        places(lab(3), &["75", "60"]).accepted(400, date(2021, 8, 10)),
        lab(4)
            .with(|judged| judged.subject.applicant.legal_kind = LegalKind::Region)
            .with(|judged| judged.subject.applicant.siret = None)
            .accepted(800, date(2021, 8, 10)),
    ]);
    let section = &report.sections[2];
    let last = section.lines.last().unwrap();
    assert_eq!((last.label.as_str(), last.granted, last.requests), ("Plusieurs départements", Cents(900), 2));
    assert_eq!(section.total.granted, Cents(1_100));
    assert_eq!((section.apart[0].label.as_str(), section.apart[0].granted), ("Département à préciser", Cents(400)));
}

#[test]
fn a_right_that_is_not_known_leaves_the_sum_unknown() {
    let mut rights: BTreeMap<_, _> = drawing_rights().into_keys().map(|code| (code, None)).collect();
    rights.insert("77".to_owned(), Some(Cents::euros(297_000)));
    let report = report_of(&Known::of(vec![project(1)]), "2021-10-05T06:00:00Z", &rights);
    assert_eq!((line(&report, "77").right, line(&report, "93").right), (Some(Cents::euros(297_000)), None));
    assert_eq!(report.sections[0].total.right, None);
}

/// The report of the third quarter, when the right of Val-d’Oise became 40 000 € on 15 September.
fn report_of_less(dossiers: Vec<Sample>) -> QuarterlyReport {
    let known = Known::of(dossiers);
    let before = drawing_rights();
    let mut now = before.clone();
    now.insert("95".to_owned(), Some(Cents::euros(40_000)));
    let then = |from, drawing_rights: &BTreeMap<String, Option<Cents>>| RightsFrom {
        from,
        drawing_rights: drawing_rights.clone(),
        ads_envelope: None,
        v2_envelope: Some(Cents::euros(200_000)),
    };
    let input = QuarterlyInput {
        quarter: "2021-Q3".parse().unwrap(),
        drawn_up_at: at("2021-10-05T06:00:00Z"),
        revision: 0,
        is_draft: false,
        sources: known.sources(),
        drawing_rights: &now,
        rights_then: &[then(Date::MIN, &before), then(date(2021, 9, 15), &now)],
        v1_total: None,
        ads_envelope: None,
        v2_envelope: Some(Cents::euros(200_000)),
        credit_review: Some(date(2021, 9, 1)),
        credits_expected_by: Some(date(2021, 9, 10)),
        rules: &[],
        commentary: None,
    };
    draw_up(&input, &known.dossiers)
}

#[test]
fn what_was_granted_stands_beside_the_right_of_its_day() {
    let of_95 = |number: i64, euros: i64, on| places(project(number), &["95"]).accepted(euros * 100, on);
    let report = report_of_less(vec![of_95(1, 30_000, date(2021, 5, 10)), of_95(2, 20_000, date(2021, 8, 7))]);
    // Used up since the right became less, not since the last grant.
    assert_eq!(line(&report, "95").outlook, Outlook::Exhausted(Some(date(2021, 9, 15))));
    let review = report.review.as_ref().unwrap();
    let of = |code: &str| review.lines.iter().find(|line| line.departement.as_deref() == Some(code)).unwrap();
    assert_eq!((of("95").right, of("95").left()), (Some(Cents::euros(297_000)), Some(Cents::euros(247_000))));
    assert_eq!(report.milestone.as_ref().unwrap().together.right, Some(Cents::euros(2_079_000)));
    let rights: Vec<Option<Cents>> = report.sections[0].series.steps.iter().map(|step| step.right).collect();
    assert_eq!(rights, [2_079_000, 1_822_000].map(|right| Some(Cents::euros(right))));
    assert_eq!(report.sections[0].total.right, Some(Cents::euros(1_822_000)));
    let page = said(&report);
    // 30 000 € of 2 079 000 €, then 50 000 € of 1 822 000 €.
    assert!(page.contains("1,4\u{a0}%") || page.contains("1,4 %"), "{page}");
    let book = sheet(&xlsx::write(&report).unwrap(), "Évolution");
    let row = book.rows().find(|row| row[0].to_string().contains("2ᵉ trimestre 2021")).unwrap();
    assert_eq!(row[7], 2_079_000.0);
}

#[test]
fn a_right_that_was_exceeded_and_raised_is_used_up_no_more() {
    let report = report_of_less(vec![places(project(1), &["95"]).accepted(3_000_000, date(2021, 5, 10))]);
    assert_ne!(line(&report, "95").outlook, Outlook::Exhausted(Some(date(2021, 5, 10))));
    assert_eq!(line(&report, "95").left(), Some(Cents::euros(10_000)));
}

#[test]
fn what_is_granted_beyond_a_right_is_not_what_requests_ask_for() {
    let reallocation = |report: &QuarterlyReport| {
        points(report).into_iter().find(|point| point.subject == "réallocation entre départements").unwrap().what
    };
    let exceeded = project(1).accepted(30_000_000, date(2021, 8, 10));
    let none_waits = report(vec![exceeded.clone()]);
    let said = reallocation(&none_waits);
    assert!(
        said.starts_with("Ce qui est accordé dépasse des droits de tirage de 3\u{202f}000\u{a0}€. Les autres"),
        "{said}"
    );
    assert!(said.ends_with("une réallocation pourrait porter sur 3\u{202f}000\u{a0}€."), "{said}");
    let waits = report(vec![exceeded, project(2)]);
    let said = reallocation(&waits);
    assert!(
        said.starts_with("Les demandes en attente dépassent ce qui reste de 8\u{202f}800\u{a0}€ (Seine-Saint-Denis). Ce qui est déjà accordé dépasse en outre des droits de tirage de 3\u{202f}000\u{a0}€."),
        "{said}"
    );
    assert!(said.ends_with("une réallocation pourrait porter sur 11\u{202f}800\u{a0}€."), "{said}");
}
