//! What holds for any report.

use super::*;

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
}

proptest! {
    // Each case writes six workbooks.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 32))]

    #[test]
    fn a_workbook_adds_up_unless_one_of_its_sums_is_another(
        amounts in prop::collection::vec((prop::option::of(0_i64..1_000_000_000), 0_usize..3), 0..8)
    ) {
        let samples = (1..).zip(&amounts).map(|(number, (granted, programme))| {
            let sample = dossier(number).programme([Axe3V1, Axe3V1Ads, Axe3V2][*programme]).state(DossierState::Accepte);
            granted.map_or(sample.clone(), |cents| sample.amount(FactName::GrantedAmount, cents))
        });
        let report = report_from(&Known::of(samples.collect()), "2021-10-05T06:00:00Z", &drawing_rights());
        for format in WorkbookFormat::ALL {
            let says = |report: &QuarterlyReport| adds_up(format, Cursor::new(xlsx::written(report, format).unwrap()));
            prop_assert_eq!(says(&report), Some(true));
            let mut other = report.clone();
            other.sections[0].total.granted += Cents(1);
            prop_assert_eq!(says(&other), Some(false));
            let mut other = report.clone();
            if let Some(line) = other.sections[1].lines.first_mut() {
                line.granted += Cents(1);
                prop_assert_eq!(says(&other), Some(false));
            }
        }
    }

    #[test]
    fn no_text_becomes_a_formula(text in any::<String>()) {
        let report = report(vec![
            project(1).name(Some(&text)).text(FactName::ProjectTitle, &text).text(FactName::Feedback, &text)
                .text(FactName::Theme, &text).accepted(100, date(2021, 8, 10)).verdict(&text, Control, NotMet, &text),
        ]);
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx::write(&report).unwrap())).unwrap();
        for name in workbook.sheet_names() {
            let is_ours = |formula: &str| !formula.contains(text.trim()) || text.trim().len() < 8;
            prop_assert!(workbook.worksheet_formula(&name).unwrap().used_cells().all(|(_, _, formula)| is_ours(formula)));
        }
    }
}
