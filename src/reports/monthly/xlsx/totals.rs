//! The sheet of sums: a line a département, their sum, and what lies outside.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::notice::count;
use super::{standing, title};
use crate::domain::text::counted;
use crate::reports::Cell;
use crate::reports::monthly::{MonthlyList, Perimeter, Total};
use crate::reports::workbook::{Styles, Tone, lines, page, widths};

const HEADINGS: [&str; 20] = [
    "Département",
    "Nom",
    "Demandes",
    "En construction",
    "En instruction",
    "Acceptées",
    "Refusées",
    "Sans suite",
    "Autre état",
    "Éligibles",
    "À vérifier",
    "Non éligibles",
    "Montant calculé",
    "dont ni refusées ni sans suite",
    "Montant accordé",
    "Montant engagé",
    "Montant payé",
    "Attributions sans montant",
    "Demandes en doute",
    "Montant calculé en doute",
];
const WIDTHS: [u8; 20] = [13, 30, 10, 12, 12, 10, 10, 8, 8, 9, 9, 10, 16, 16, 16, 16, 16, 12, 10, 16];

/// Fills the sheet.
pub(super) fn add(sheet: &mut Worksheet, list: &MonthlyList, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Totaux")?;
    widths(sheet, &WIDTHS)?;
    let standing_format = if list.is_provisional() { &styles.alert } else { &styles.section };
    let at = lines(sheet, 0, &[(&styles.title, title(list)), (standing_format, standing(list))])?;
    let header = at + 1;
    let rows: Vec<(Tone, Vec<Cell>)> = list.totals.iter().map(|total| (tone(total), cells(total))).collect();
    let after = styles.table(sheet, header, (&HEADINGS, &WIDTHS), &rows)?;
    lines(sheet, after + 1, &notes(list).map(|note| (&styles.note, note)))?;
    sheet.set_freeze_panes(header + 1, 2)?;
    page(sheet, &format!("{} — {}", title(list), standing(list)));
    sheet.set_repeat_rows(header, header)?;
    Ok(())
}

fn tone(total: &Total) -> Tone {
    match (total.perimetre, &total.departement) {
        (Perimeter::Suivi, Some(_)) => Tone::Plain,
        (Perimeter::Suivi, None) => Tone::Strong,
        _ => Tone::Muted,
    }
}

fn cells(total: &Total) -> Vec<Cell> {
    vec![
        Cell::maybe_text(total.departement.as_deref()),
        Cell::text(total.libelle.as_str()),
        Cell::count(total.demandes),
        Cell::count(total.en_construction),
        Cell::count(total.en_instruction),
        Cell::count(total.accepte),
        Cell::count(total.refuse),
        Cell::count(total.sans_suite),
        Cell::count(total.autre_etat),
        Cell::count(total.eligible),
        Cell::count(total.a_verifier),
        Cell::count(total.non_eligible),
        Cell::Amount(total.montant_calcule),
        Cell::Amount(total.montant_calcule_en_cours),
        Cell::Amount(total.montant_accorde),
        Cell::Amount(total.montant_engage),
        Cell::Amount(total.montant_paye),
        Cell::count(total.attributions_sans_montant),
        Cell::count(total.demandes_en_doute),
        Cell::Amount(total.montant_en_doute),
    ]
}

fn notes(list: &MonthlyList) -> [String; 5] {
    let without: usize =
        list.totals.iter().filter(|t| t.departement.is_some()).map(|t| t.attributions_sans_montant).sum();
    let bound = if without > 0 {
        let accepted = counted(without, "dossier accepté", "dossiers acceptés");
        format!("{accepted} sans montant accordé : le montant accordé est un minimum.")
    } else {
        "Tous les dossiers acceptés ont un montant accordé.".to_owned()
    };
    [
        count(list),
        "Les montants accordés, engagés et payés sont ceux des seuls dossiers acceptés.".to_owned(),
        bound,
        "En doute : demandes ni refusées ni sans suite dont une autre porte le même SIRET ou le même SIREN (ADS-09)."
            .to_owned(),
        "Les lignes « à part » ne sont pas comprises dans l’ensemble (ADS-10). Les dossiers retirés de DS ne comptent que s’ils étaient acceptés ; la colonne montant_compte de la liste fait le montant accordé de l’ensemble."
            .to_owned(),
    ]
}
