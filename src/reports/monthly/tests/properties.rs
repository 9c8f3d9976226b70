//! What holds for any list.

use super::*;

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
            for (_, _, formula) in workbook.worksheet_formula(&name).unwrap().used_cells() {
                prop_assert!(formula.starts_with("SUM(") || formula.starts_with("COUNT") || formula.starts_with(|c: char| c.is_ascii_uppercase()), "{}", formula);
            }
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

    /// What is put away of a row is the whole row.
    #[test]
    fn a_row_that_is_put_away_comes_back_as_it_was(text in hostile_text(), other in hostile_text(), state in any_state(), cents in any::<i32>()) {
        let commune = |code: Option<&str>| CommuneRef { code: code.map(str::to_owned), text: text.clone() };
        let communes = [Some("93048"), Some("93048"), None, None].map(commune).to_vec();
        let sample = dossier(1)
            .name(Some(&text))
            .departement(Some(&other))
            .text(FactName::ApplicantType, &text)
            .text(FactName::Ej, &other)
            .accepted(i64::from(cents), date(2021, 9, 10))
            .state(state)
            .fact(FactName::AttachedCommunes, FactValue::Communes(communes))
            .verdict("ADS-04", Review, ToReview, &text)
            .missing("ADS-04", &text);
        let known = Known::of(vec![sample]);
        let row = ListRow::of(&known.dossiers[0], &known.sources(), at("2021-09-30T21:59:59Z"));
        let list = list_of(&known, "2021-10-01T04:00:00Z", None);
        prop_assert_eq!(&list.rows, &[ListRow { edition: list.edition(), ..row }]);
    }

    #[test]
    fn amounts_in_cells_are_exact(cents in -Cents::LIMIT.0..=Cents::LIMIT.0) {
        let list = list(vec![dossier(1).computed(i64::try_from(cents).ok())]);
        let sheet = sheet(&xlsx::write(&list).unwrap(), "Toutes les colonnes");
        let shown = sheet.get((1, column("montant_calcule"))).and_then(DataType::as_f64).unwrap();
        prop_assert_eq!(Cents::parse(&format!("{shown:.2}")), Ok(Cents(cents)));
    }
}
