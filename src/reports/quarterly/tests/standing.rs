//! What a report says of itself: whether it is final, which correction it is, for which région.

use super::*;

#[test]
fn a_report_drawn_up_early_is_provisional() {
    let early = report_at("2021-09-30T21:59:59Z", Vec::new());
    let done = report_at("2021-09-30T22:00:00Z", Vec::new());
    assert_eq!((early.is_provisional(), done.is_provisional()), (true, false));
    assert_eq!(file_stem(&early), "rapport-fitn7-2021-T3-provisoire");
    assert_eq!(file_stem(&done), "rapport-fitn7-2021-T3");
    let draft = QuarterlyReport { is_draft: true, ..done };
    assert_eq!(file_stem(&draft), "rapport-fitn7-2021-T3-projet");
    assert!(said(&early).contains("PROVISOIRE"));
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
    let page = said(&report);
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
    let report = draw_up(
        &QuarterlyInput {
            v1_total: None,
            v2_envelope: None,
            credit_review: None,
            credits_expected_by: None,
            rules: &[],
            commentary: None,
            ads_envelope: None,
            quarter: "2021-Q3".parse().unwrap(),
            drawn_up_at: at("2021-10-05T06:00:00Z"),
            revision: 0,
            is_draft: false,
            sources: known.sources(),
            drawing_rights: &unknown,
            rights_then: &[],
        },
        &known.dossiers,
    );
    let themes = &report.sections[0];
    assert_eq!(themes.lines.len(), 4, "no département of it is known to have no drawing right");
    assert_eq!((themes.total.right, themes.total.granted, themes.apart.len()), (None, Cents::euros(40_000), 0));
    let mut said = self::said(&report);
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx::write(&report).unwrap())).unwrap();
    for (_, range) in workbook.worksheets() {
        said.extend(range.used_cells().map(|(_, _, cell)| format!("{cell}\n")));
    }
    assert!(said.contains("région Auvergne-Rhône-Alpes"), "{said}");
    for other in ["le-de-France", "DR75", "Centre financier", "71 besoins", "Seine-et-Marne", "club d’innovateurs"] {
        assert!(!said.contains(other), "{other}");
    }
    let own = report_of(&Known::of(Vec::new()), "2021-10-05T06:00:00Z", &drawing_rights());
    let own = self::said(&own);
    assert!(own.contains("région Île-de-France") && own.contains("71 besoins et services déposés (Paris 40, "));
}
