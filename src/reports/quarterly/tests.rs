//! The report as stories: which dossiers its figures sum, and what the writers make of them.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::aside::Excluded;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::fact::FactValue;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::LegalKind;
use crate::domain::verdict::RuleKind::{Control, Review};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::reports::sample::{Known, Sample, at, dossier, drawing_rights, unreadable};
use rust_decimal::Decimal;

fn report_at(drawn_up_at: &str, dossiers: Vec<Sample>) -> QuarterlyReport {
    report_of(&Known::of(dossiers), drawn_up_at, &drawing_rights())
}

fn report_of(known: &Known, drawn_up_at: &str, drawing_rights: &BTreeMap<String, Option<Cents>>) -> QuarterlyReport {
    draw_up(&QuarterlyInput {
        quarter: "2021-Q3".parse().unwrap(),
        drawn_up_at: at(drawn_up_at),
        revision: 0,
        is_draft: false,
        sources: known.sources(),
        drawing_rights,
        v1_total: Some(Cents::euros(2_079_208)),
        ads_envelope: None,
        v2_envelope: Some(Cents::euros(200_000)),
        credit_review: Some(date(2021, 9, 1)),
        credits_expected_by: Some(date(2021, 9, 30)),
    })
}

fn report(dossiers: Vec<Sample>) -> QuarterlyReport {
    report_at("2021-10-05T06:00:00Z", dossiers)
}

fn project(number: i64) -> Sample {
    dossier(number).programme(Axe3V1)
}

fn places(sample: Sample, codes: &[&str]) -> Sample {
    let codes = codes.iter().map(|code| (*code).to_owned()).collect();
    sample.fact(FactName::ProjectDepartement, FactValue::Departements(codes))
}

fn line<'a>(report: &'a QuarterlyReport, code: &str) -> &'a Credit {
    report.sections[0].lines.iter().find(|credit| credit.departement.as_deref() == Some(code)).unwrap()
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    workbook.worksheet_range(name).unwrap()
}

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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("L’écart de 208,00\u{a0}€ n’est attribué à aucun département"));
}

#[test]
fn what_was_decided_or_filed_later_does_not_count() {
    let later = |judged: &mut Judged| judged.subject.treated_at = Some(at("2021-09-30T22:00:00Z"));
    let report = report(vec![
        project(1).accepted(100, date(2021, 9, 30)).with(later),
        project(2).accepted(200, date(2021, 9, 30)).filed("2021-09-30T22:00:00Z"),
        project(3).accepted(400, date(2021, 9, 30)),
    ]);
    assert_eq!((line(&report, "93").granted, report.decided_later), (Cents(400), 1));
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
    assert_eq!((activity.by_state, activity.other_state), ([0, 1, 0, 1, 0], 1));
    assert_eq!(activity.by_status, [3, 0, 0]);
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("épuisé depuis le 20/08/2021"));
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(
        page.contains("UO 0363-DITP-DR75")
            && page.contains("Premier bilan de la consommation des crédits, au 01/09/2021")
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("une réallocation pourrait porter sur 9\u{202f}000,00\u{a0}€"));
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
    let page = String::from_utf8(html::write(&report(vec![end(date(2021, 9, 1))]))).unwrap();
    assert!(page.contains("Bilans d’activité à demander") && page.contains("à faire"));
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
fn what_was_known_only_later_is_said() {
    let report = report(vec![project(99)]);
    assert_eq!(report.known_later, 1);
    assert!(
        String::from_utf8(html::write(&report))
            .unwrap()
            .contains("1 dossier lu pour la première fois après la date d’arrêté")
    );
    assert_eq!(report_at("2021-09-20T08:00:00Z", vec![project(99)]).known_later, 0);
}

#[test]
fn a_report_drawn_up_early_is_provisional() {
    let early = report_at("2021-09-30T21:59:59Z", Vec::new());
    let done = report_at("2021-09-30T22:00:00Z", Vec::new());
    assert_eq!((early.is_provisional(), done.is_provisional()), (true, false));
    assert_eq!(file_stem(&early), "rapport-fitn7-2021-T3-provisoire");
    assert_eq!(file_stem(&done), "rapport-fitn7-2021-T3");
    let draft = QuarterlyReport { is_draft: true, ..done };
    assert_eq!(file_stem(&draft), "rapport-fitn7-2021-T3-projet");
    assert!(String::from_utf8(html::write(&early)).unwrap().contains("PROVISOIRE"));
}

#[test]
fn a_correction_has_its_number() {
    let known = Known::of(Vec::new());
    let first = report_of(&known, "2021-10-05T06:00:00Z", &drawing_rights());
    let corrected = QuarterlyReport { revision: 1, ..first };
    assert_eq!(file_stem(&corrected), "rapport-fitn7-2021-T3-rev1");
    assert_eq!(corrected.standing(), "Arrêté au 30/09/2021, correction n° 1");
}

#[test]
fn a_report_says_why_it_is_provisional_and_what_it_rests_on() {
    let known = Known {
        provisional: vec!["DS n’a pas daté les réponses de la dernière lecture (démarche 61234)".to_owned()],
        behind: vec!["Démarche 61235, que DS ne connaît plus.".to_owned()],
        ..Known::of(vec![project(1)])
    };
    let report = report_of(&known, "2021-10-05T06:00:00Z", &drawing_rights());
    assert_eq!(
        (file_stem(&report).as_str(), report.closed_at),
        ("rapport-fitn7-2021-T3-provisoire", at("2021-09-30T21:59:59Z"))
    );
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("PROVISOIRE : DS n’a pas daté les réponses") && page.contains("Démarche 61235, que DS ne"));
}

#[test]
fn a_report_of_another_region_says_nothing_of_this_one() {
    let served: Vec<String> = ["01", "38", "69", "75"].map(str::to_owned).to_vec();
    let dossiers = || {
        let of_it =
            |sample: Sample| sample.departement(Some("38")).with(|judged| judged.subject.applicant.siret = None);
        vec![
            of_it(project(1)).accepted(4_000_000, date(2021, 8, 10)),
            of_it(dossier(2)).accepted(500_000, date(2021, 8, 10)),
            of_it(project(3)),
        ]
    };
    let unknown = served.iter().map(|code| (code.clone(), None)).collect();
    let known = Known { region: "84", served, ..Known::of(dossiers()) };
    let report = draw_up(&QuarterlyInput {
        v1_total: None,
        v2_envelope: None,
        credit_review: None,
        credits_expected_by: None,
        ads_envelope: None,
        quarter: "2021-Q3".parse().unwrap(),
        drawn_up_at: at("2021-10-05T06:00:00Z"),
        revision: 0,
        is_draft: false,
        sources: known.sources(),
        drawing_rights: &unknown,
    });
    let themes = &report.sections[0];
    assert_eq!(themes.lines.len(), 4, "no département of it is known to have no drawing right");
    assert_eq!((themes.total.right, themes.total.granted, themes.apart.len()), (None, Cents::euros(40_000), 0));
    let mut said = String::from_utf8(html::write(&report)).unwrap();
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx::write(&report).unwrap())).unwrap();
    for (_, range) in workbook.worksheets() {
        said.extend(range.used_cells().map(|(_, _, cell)| format!("{cell}\n")));
    }
    assert!(said.contains("région Auvergne-Rhône-Alpes"), "{said}");
    for other in ["le-de-France", "DR75", "Centre financier", "71 besoins", "Seine-et-Marne", "club d’innovateurs"] {
        assert!(!said.contains(other), "{other}");
    }
    let own = report_of(&Known::of(Vec::new()), "2021-10-05T06:00:00Z", &drawing_rights());
    let own = String::from_utf8(html::write(&own)).unwrap();
    assert!(own.contains("région Île-de-France") && own.contains("71 besoins et services déposés (Paris 40, "));
}

#[test]
fn a_right_that_is_not_known_leaves_the_sum_unknown() {
    let mut rights: BTreeMap<_, _> = drawing_rights().into_keys().map(|code| (code, None)).collect();
    rights.insert("77".to_owned(), Some(Cents::euros(297_000)));
    let report = report_of(&Known::of(vec![project(1)]), "2021-10-05T06:00:00Z", &rights);
    assert_eq!((line(&report, "77").right, line(&report, "93").right), (Some(Cents::euros(297_000)), None));
    assert_eq!(report.sections[0].total.right, None);
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("supprimé de DS, retiré de DS le 25/09/2021"));
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("Dossiers illisibles") && page.contains("7 (Axe 3, volet 1 : guichet territorial"));
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
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.contains("Montant maximal inconnu.") && !page.contains("Conforme."));
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
fn the_page_stands_alone_and_escapes_what_people_typed() {
    let choices = ["lab".to_owned(), "training".to_owned()].into();
    let report = report(vec![
        project(1)
            .name(Some("<script>alert(1)</script>"))
            .accepted(4_000_000, date(2021, 8, 10))
            .text(FactName::Feedback, "Très utile & simple")
            .fact(FactName::SupportWanted, FactValue::Choices(choices))
            .verdict("A3V1-10", Control, NotMet, "Accordé au-delà du maximum."),
    ]);
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"fr\">"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for external in ["src=", "@import", "url(", "<link", "http://"] {
        assert!(!page.contains(external), "{external}");
    }
    assert!(page.contains("40\u{202f}000,00\u{a0}€") && page.contains("13,5\u{a0}%"));
    assert!(page.contains("Très utile &amp; simple") && page.contains("Accordé au-delà du maximum."));
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert_eq!(report.support_by_kind().iter().map(|(_, of_it)| of_it.len()).collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn a_grant_that_no_sum_takes_stands_apart_from_those_behind_the_figures() {
    let elsewhere = project(2).with(|judged| judged.subject.applicant.siret = None).departement(Some("28"));
    let report = report(vec![
        project(1).accepted(4_000_000, date(2021, 8, 10)),
        elsewhere.accepted(3_000_000, date(2021, 8, 10)),
    ]);
    let section = &report.sections[0];
    assert_eq!(
        section.grants.iter().map(|grant| (grant.number, grant.apart)).collect::<Vec<_>>(),
        [(1, None), (2, Some(Apart::Elsewhere))]
    );
    assert_eq!(section.total.granted, Cents::euros(40_000));
    let page = String::from_utf8(html::write(&report)).unwrap();
    let (_, grants) = page.split_once("les montants derrière les chiffres").unwrap();
    let (counted, apart) = grants.split_once("Hors de ces sommes").unwrap();
    assert!(!counted.contains("30\u{202f}000,00") && apart.contains("30\u{202f}000,00"));
    let rows = sheet(&xlsx::write(&report).unwrap(), "Dossiers comptés");
    let said = format!("non : {}", Apart::Elsewhere.label());
    assert_eq!(rows.get_value((5, 15)), Some(&Data::String(said)));
}

/// The text of the cells of a row of a page, from some words of it.
fn cells_of(page: &str, words: &str) -> Vec<String> {
    let (_, row) = page.split_once(words).unwrap();
    let (row, _) = row.split_once("</tr>").unwrap();
    let mut cells: Vec<String> = Vec::new();
    for piece in row.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        if !text.trim().is_empty() && !tag.starts_with("small") {
            cells.push(text.replace(['\u{a0}', '\u{202f}'], " ").trim().to_owned());
        }
    }
    cells
}

#[test]
fn each_figure_of_the_credits_stands_under_its_own_heading() {
    let earlier = project(2).accepted(500_000, date(2021, 6, 10));
    let report = report(vec![
        project(1)
            .accepted(1_300_000, date(2021, 8, 10))
            .amount(FactName::EngagedAmount, 1_200_000)
            .amount(FactName::PaidAmount, 1_100_000),
        earlier,
        project(3),
    ]);
    let page = String::from_utf8(html::write(&report)).unwrap();
    let figures = cells_of(&page, "93 – Seine-Saint-Denis");
    let expected =
        ["297 000,00 €", "3", "2", "18 000,00 €", "13 000,00 €", "12 000,00 €", "11 000,00 €", "279 000,00 €"];
    assert_eq!(figures[..expected.len()], expected, "{figures:?}");
    let grants = cells_of(page.split_once("les montants derrière les chiffres").unwrap().1, ">1<");
    let amounts: Vec<&str> = grants.iter().map(String::as_str).filter(|cell| cell.ends_with(" €")).collect();
    assert_eq!(amounts, ["13 000,00 €", "12 000,00 €", "11 000,00 €"], "granted, engaged, paid");

    let workbook = xlsx::write(&report).unwrap();
    let under = |name: &str, row: &str, headings: &[&str]| -> Vec<Option<f64>> {
        let cells = sheet(&workbook, name);
        let rows: Vec<&[Data]> = cells.rows().collect();
        let is = |cell: &Data, text: &str| format!("{cell}") == text;
        let head =
            rows.iter().position(|one| headings.iter().all(|name| one.iter().any(|cell| is(cell, name)))).unwrap();
        let line = rows[head..].iter().find(|one| one.iter().any(|cell| is(cell, row))).unwrap();
        let value = |name: &&str| {
            let at = rows[head].iter().position(|cell| is(cell, name)).unwrap();
            calamine::DataType::as_f64(&line[at])
        };
        headings.iter().map(value).collect()
    };
    let headings = ["Droit de tirage ou enveloppe", "Demandes", "Attributions", "Accordé", "dont ce trimestre"];
    let headings: Vec<&str> = headings.into_iter().chain(["Trimestre précédent", "Engagé", "Payé", "Reste"]).collect();
    let figures = [297_000.0, 3.0, 2.0, 18_000.0, 13_000.0, 5_000.0, 12_000.0, 11_000.0, 279_000.0].map(Some);
    assert_eq!(under("Crédits", "Seine-Saint-Denis", &headings), figures);
    let amounts = [13_000.0, 12_000.0, 11_000.0].map(Some);
    assert_eq!(under("Dossiers comptés", "1", &["Accordé", "Engagé", "Payé"]), amounts);
}

#[test]
fn a_grant_that_does_not_count_says_so_wherever_it_is_named() {
    let place = |sample: Sample, code: Option<&str>| {
        sample.with(|judged| judged.subject.applicant.siret = None).departement(code).accepted(100, date(2021, 8, 10))
    };
    let ended = |sample: Sample| sample.date(FactName::ProjectEnd, date(2021, 9, 1));
    let report = report(vec![
        ended(place(project(1), Some("93"))),
        ended(place(project(2).programme(Axe3V2), Some("28"))),
        ended(place(project(3), Some("28"))),
        ended(place(project(4), Some("75"))),
        ended(place(project(5), None)),
        project(6)
            .with(|judged| judged.subject.applicant.siret = None)
            .departement(Some("28"))
            .state(DossierState::Accepte),
    ]);
    let labels = [Apart::Elsewhere, Apart::WithoutRight, Apart::Unsettled].map(Apart::label);
    let page = String::from_utf8(html::write(&report)).unwrap();
    // Number 2 and 3 elsewhere, 4 in Paris, 5 nobody knows where; each time, in each table and list.
    for (title, end, said) in [
        ("<caption>Projets acceptés", "</table>", [3, 1, 1]),
        ("<caption>Dossiers comptés", "</table>", [2, 1, 1]),
        ("<caption>Avancement des projets lauréats", "</table>", [3, 1, 1]),
        ("Bilans d’activité à demander", "</ul>", [2, 1, 1]),
        ("Projets achevés à évaluer", "</ul>", [2, 1, 1]),
        ("Lauréats du trimestre à faire connaître", "</ul>", [2, 1, 1]),
        ("Attributions sans montant", "</ul>", [1, 0, 0]),
    ] {
        let (_, table) = page.split_once(title).unwrap();
        let (table, _) = table.split_once(end).unwrap();
        assert_eq!(labels.map(|label| table.matches(label).count()), said, "{title}: {table}");
    }
    let workbook = xlsx::write(&report).unwrap();
    for (name, said) in
        [("Suivi des projets", [3, 1, 1]), ("Dossiers comptés", [3, 1, 1]), ("Points d’attention", [1, 0, 0])]
    {
        let cells: Vec<String> = sheet(&workbook, name).used_cells().map(|(_, _, cell)| cell.to_string()).collect();
        let count = |label: &str| cells.iter().filter(|cell| cell.contains(label)).count();
        assert_eq!(labels.map(count), said, "{name}");
    }
}

#[test]
fn the_workbook_has_the_data_behind_the_figures() {
    let report = report(vec![
        project(1).name(Some("=1+1")).accepted(4_000_050, date(2021, 8, 10)),
        project(2).state(DossierState::Accepte),
    ]);
    let bytes = xlsx::write(&report).unwrap();
    let grants = sheet(&bytes, "Dossiers comptés");
    let row =
        |at: u32| (0..16).map(|column| grants.get_value((at, column)).cloned().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(row(4)[2], Data::String("=1+1".to_owned()));
    assert_eq!(row(4)[7], Data::Float(40_000.5));
    assert!(matches!(row(4)[10], Data::DateTime(_)));
    assert_eq!(row(5)[7], Data::String("sans montant".to_owned()));
    assert_eq!(row(4)[15], Data::String("oui".to_owned()));
    let credits = sheet(&bytes, "Crédits");
    assert!(credits.used_cells().any(|(_, _, cell)| *cell == Data::Float(40_000.5)));
    assert_eq!(bytes, xlsx::write(&report).unwrap());
    assert_eq!(html::write(&report), html::write(&report));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn every_figure_is_the_sum_of_its_dossiers(
        dossiers in prop::collection::vec((0_usize..9, prop::option::of(0_i64..1_000_000_000), 0_usize..3), 0..25)
    ) {
        let codes = ["75", "77", "78", "91", "92", "93", "94", "95"];
        let programmes = [Axe3V1, Axe3V1Ads, Axe3V2];
        let samples = (1..).zip(&dossiers).map(|(number, (place, granted, programme))| {
            let sample = dossier(number).programme(programmes[*programme]).state(DossierState::Accepte);
            // An applicant that the tables do not know lies where its address says.
            let sample = sample.with(|judged| judged.subject.applicant.siret = None).departement(codes.get(*place).copied());
            match granted {
                Some(cents) => sample.amount(FactName::GrantedAmount, *cents),
                None => sample,
            }
        });
        let report = report(samples.collect());
        for section in &report.sections {
            let granted = section.grants.iter().filter_map(|grant| grant.granted).sum::<Cents>();
            let lines = section.lines.iter().map(|line| line.granted).sum::<Cents>();
            let apart = section.apart.iter().map(|line| line.granted).sum::<Cents>();
            prop_assert_eq!(section.total.granted, lines);
            prop_assert_eq!(lines + apart, granted);
            let counted: usize = section.lines.iter().chain(&section.apart).map(|l| l.grants + l.without_amount).sum();
            prop_assert_eq!(counted, section.grants.len());
            let requests: usize = section.lines.iter().chain(&section.apart).map(|line| line.requests).sum();
            prop_assert_eq!(requests, section.grants.len());
        }
    }

    #[test]
    fn no_text_becomes_a_formula_or_markup(text in any::<String>()) {
        let report = report(vec![
            project(1).name(Some(&text)).text(FactName::ProjectTitle, &text).text(FactName::Feedback, &text)
                .text(FactName::Theme, &text).accepted(100, date(2021, 8, 10)).verdict(&text, Control, NotMet, &text),
        ]);
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx::write(&report).unwrap())).unwrap();
        for name in workbook.sheet_names() {
            prop_assert_eq!(workbook.worksheet_formula(&name).unwrap().used_cells().count(), 0);
        }
        let page = String::from_utf8(html::write(&report)).unwrap();
        let blank = String::from_utf8(html::write(&super::tests::report(vec![
            project(1).name(Some("x")).text(FactName::ProjectTitle, "x").text(FactName::Feedback, "x")
                .text(FactName::Theme, "x").accepted(100, date(2021, 8, 10)).verdict("x", Control, NotMet, "x"),
        ]))).unwrap();
        if !text.trim().is_empty() {
            prop_assert_eq!(page.matches('<').count(), blank.matches('<').count());
        }
    }
}
