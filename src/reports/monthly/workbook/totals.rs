//! The sheet of sums: a line a département, their sum, and what lies outside. What the rows of the list tell is a formula over them.

use super::list::{self, Groups};
use super::notice::count;
use super::shown::{COMPUTED, COUNTED, NUMBER, STATE, STATUS, since};
use super::{head, layout};
use crate::domain::dossier::DossierState;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::monthly::{MonthlyList, Perimeter, Total};
use crate::reports::sheets::{Area, Formula, Layout, Line, Tone, Value, Workbook, roomy};
use crate::reports::{Cell, ReportError};

const HEADINGS: [&str; 21] = [
    "Département",
    "Nom",
    "Demandes",
    "En construction",
    "En instruction",
    "Acceptées",
    "Refusées",
    "Sans suite",
    "Décidées depuis",
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
const WIDTHS: [u8; 21] = [13, 30, 10, 13, 12, 10, 10, 8, 9, 8, 9, 9, 10, 16, 16, 16, 16, 16, 12, 10, 16];
/// The columns of requests, and of those in one state or another.
const REQUESTS: u16 = 2;
const BY_STATE: std::ops::Range<u16> = 3..8;
const SINCE: u16 = 8;

/// What a dossier may have become since the end.
const DECIDED: [DossierState; 3] = [DossierState::Accepte, DossierState::Refuse, DossierState::SansSuite];

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, list: &MonthlyList, groups: &Groups) -> Result<(), ReportError> {
    workbook.sheet(&Layout { frozen_columns: 2, ..layout(list, "Totaux", &roomy(&WIDTHS, &HEADINGS)) })?;
    head(workbook, list)?;
    workbook.blank()?;
    workbook.headings(&HEADINGS)?;
    let first = workbook.next_row();
    for total in &list.totals {
        let row = workbook.next_row();
        let formula = |column: u16| match (total.perimetre, &total.departement) {
            (Perimeter::Suivi, Some(code)) => groups.get(code).and_then(|rows| over_the_list(column, row, *rows)),
            (Perimeter::Suivi, None) if row > first => Some(Formula::Sum(vec![Area::new(column, first, row - 1)])),
            _ => None,
        };
        let cells = (0..)
            .zip(cells(total))
            .map(|(column, cell)| Value { formula: formula(column).filter(|_| column >= REQUESTS), ..cell.into() });
        workbook.row(tone(total), cells)?;
    }
    workbook.blank()?;
    notes(list).iter().try_for_each(|note| workbook.line(Line::Note, note))
}

/// What computes a cell of a département out of its rows of the list; none for what they do not tell.
fn over_the_list(column: u16, row: u32, (first, last): (u32, u32)) -> Option<Formula> {
    let area = |column| Area::new(column, first, last).on(list::NAME);
    let state = |index: usize| DossierState::KNOWN.get(index).map(|state| state.label().to_owned());
    let saying = |status: Status| Formula::CountWhere(vec![(area(STATUS), status.label().to_owned())]);
    let own = |column| Formula::Of(Area::cell(column, row));
    let computed_when =
        |state: &DossierState| Formula::SumWhere(area(COMPUTED), vec![(area(STATE), state.label().to_owned())]);
    Some(match column {
        REQUESTS => Formula::Filled(area(NUMBER)),
        3..8 => Formula::CountWhere(vec![(area(STATE), state(usize::from(column - BY_STATE.start))?)]),
        SINCE => {
            Formula::Plus(DECIDED.iter().map(|state| Formula::CountWhere(vec![(area(STATE), since(state))])).collect())
        }
        9 => Formula::Less(Box::new(own(REQUESTS)), BY_STATE.chain([SINCE]).map(own).collect()),
        10 => saying(Status::Eligible),
        11 => saying(Status::AVerifier),
        12 => saying(Status::NonEligible),
        13 => Formula::Sum(vec![area(COMPUTED)]),
        14 => Formula::Less(
            Box::new(own(13)),
            [DossierState::Refuse, DossierState::SansSuite].iter().map(computed_when).collect(),
        ),
        15 => Formula::Sum(vec![area(COUNTED)]),
        _ => return None,
    })
}

fn tone(total: &Total) -> Tone {
    match (total.perimetre, &total.departement) {
        (Perimeter::Suivi, Some(_)) => Tone::Plain,
        (Perimeter::Suivi, None) => Tone::Strong,
        _ => Tone::Muted,
    }
}

fn cells(total: &Total) -> [Cell; 21] {
    [
        Cell::maybe_text(total.departement.as_deref()),
        Cell::text(total.libelle.replace('\'', "’")),
        Cell::count(total.demandes),
        Cell::count(total.en_construction),
        Cell::count(total.en_instruction),
        Cell::count(total.accepted()),
        Cell::count(total.refuse - total.refuse_depuis),
        Cell::count(total.sans_suite - total.sans_suite_depuis),
        Cell::count(total.decided_since()),
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

fn notes(list: &MonthlyList) -> [String; 6] {
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
        "Les montants accordés, engagés et payés sont ceux des seuls dossiers acceptés. Le montant accordé est la somme des montants comptés de la liste.".to_owned(),
        bound,
        "Décidées depuis : demandes qui attendaient une décision à la date d’arrêté et qui ont été acceptées, refusées ou classées ensuite, avant d’être lues pour la première fois ; la liste dit « accepté depuis ». Elles ne comptent parmi ni les acceptées, ni les refusées, ni les sans suite."
            .to_owned(),
        "En doute : demandes ni refusées ni sans suite dont une autre porte le même SIRET ou le même SIREN (ADS-09)."
            .to_owned(),
        "Les lignes « à part » ne sont pas comprises dans l’ensemble (ADS-10). Les dossiers retirés de DS ne comptent que s’ils étaient acceptés ; la colonne montant_compte de « Toutes les colonnes » fait le montant accordé de l’ensemble."
            .to_owned(),
    ]
}
