//! The sheet that explains the list: where it stands, its columns, the rules and the parameters.

use jiff::civil::Date;

use super::{compared_with, head, layout};
use crate::domain::instant::{french_date, french_instant};
use crate::domain::text::counted;
use crate::domain::verdict::VerdictValue;
use crate::reports::GENERATOR;
use crate::reports::monthly::{COLUMNS, Evolution, MonthlyList};
use crate::reports::sheets::{Layout, Line, Tone, Workbook};
use crate::reports::{Cell, Count, ReportError};
use crate::rules::ParameterName;

const WIDTHS: [u8; 4] = [42, 90, 26, 60];

/// The cells of each row of a table.
type Rows = Vec<Vec<Cell>>;

/// How the codes of the CSV stay codes.
const IMPORT: [&str; 3] = [
    "Le fichier CSV s’importe plutôt qu’il ne s’ouvre : ouvert d’un double clic, un tableur prend les codes pour des nombres, et perd le zéro de tête de « 01 » ou les derniers chiffres d’un SIRET.",
    "LibreOffice Calc : Fichier > Ouvrir, puis jeu de caractères « Unicode (UTF-8) », séparateur « point-virgule », et le type « Texte » pour les colonnes departement, siret, code_insee, codes_communes, communes_en_double et engagement_juridique.",
    "Excel : Données > À partir d’un fichier texte/CSV, puis origine « 65001 : Unicode (UTF-8) », délimiteur « point-virgule », « Transformer les données », et le type « Texte » pour les mêmes colonnes. Les classeurs XLSX et ODS, eux, s’ouvrent tels quels.",
];

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, list: &MonthlyList) -> Result<(), ReportError> {
    workbook.sheet(&Layout { is_table: false, ..layout(list, "Notice", &WIDTHS) })?;
    head(workbook, list)?;
    introduction(list).iter().try_for_each(|line| workbook.line(Line::Note, line))?;
    workbook.blank()?;
    workbook.line(Line::Section, "Importer le CSV")?;
    IMPORT.iter().try_for_each(|line| workbook.line(Line::Note, line))?;
    let blocks: [(&str, &[&str], Rows); 4] = [
        ("Colonnes de la feuille « Toutes les colonnes » et du CSV", &["Colonne", "Contenu"], columns()),
        ("Règles", &["Règle", "Ce qui la décide", "Nature", "Passage du guide"], rules(list)),
        ("Paramètres", &["Paramètre", "Valeur", "Validité", "Passage du guide ou réglage"], parameters(list)),
        ("Avis d’une règle", &["Avis", "Sens"], verdicts()),
    ];
    for (heading, headings, rows) in blocks.into_iter().filter(|(.., rows)| !rows.is_empty()) {
        workbook.blank()?;
        workbook.line(Line::Section, heading)?;
        workbook.headings(headings)?;
        for cells in rows {
            workbook.row(Tone::Plain, cells)?;
        }
    }
    Ok(())
}

fn columns() -> Rows {
    COLUMNS.iter().map(|column| vec![Cell::text(column.name), Cell::text(column.meaning)]).collect()
}

fn verdicts() -> Rows {
    VerdictValue::ALL.into_iter().map(|value| vec![Cell::text(value.label()), Cell::text(meaning(value))]).collect()
}

fn introduction(list: &MonthlyList) -> Vec<String> {
    let compared = compared_with(list)
        .map_or_else(|none| none, |previous| format!("Les évolutions sont mesurées depuis la liste « {previous} »."));
    let mut lines = vec![format!(
        "Liste établie le {} (heure de Paris) par {GENERATOR}. Région {}, départements suivis : {}.",
        french_instant(list.drawn_up_at),
        list.region.name,
        list.served.join(", ")
    )];
    if list.region.guide.is_some() {
        lines.push("« Les services préfectoraux tiendront une liste à jour des demandes et des attributions de subvention. La liste sera transmise chaque fin de mois au programme Démat.ADS. » (guide pratique FITN 7, modalités de gestion du volet 1 de l’axe 3)".to_owned());
    }
    lines.push("Une ligne par dossier déposé à la date d’arrêté et non retiré de demarches-simplifiees.fr ; un dossier accepté y reste quand il en est retiré. Les dossiers hors des départements suivis viennent en dernier et ne comptent pas dans les sommes.".to_owned());
    lines.push(compared);
    lines.extend(list.behind.iter().cloned());
    lines.push(count(list));
    lines.extend(removed_grants(list));
    lines.extend(unreadable(list));
    let late = list.tally.known_later;
    if late > 0 {
        lines.push(format!(
            "Pour {}, aucune lecture n’est aussi ancienne que la date d’arrêté : l’état montré est celui de la première lecture (colonne etat_connu_depuis), et peut comprendre des décisions postérieures, dites « depuis » (« accepté depuis ») : le dossier attendait alors. Les montants dont la date est postérieure à la date d’arrêté n’entrent pas dans les sommes.",
            counted(late, "dossier", "dossiers")
        ));
    }
    if !list.excluded.is_empty() {
        let numbers: Vec<String> = list.excluded.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "Dossiers écartés par un agent (essais, dossiers mal adressés), hors de la liste et des sommes : {}, soit les n° {}.",
            numbers.len(),
            numbers.join(", ")
        ));
    }
    lines
}

/// How the dossiers filed add up to the rows, so that no two counts contradict each other.
pub(super) fn count(list: &MonthlyList) -> String {
    let Count { shown, removed, excluded, .. } = list.count;
    let inside = list.tally.inside;
    let withdrawn = list.tally.of(Evolution::Retire);
    let mut parts = vec![format!("{inside} dans les départements suivis")];
    let mut part = |number: usize, text: &str| parts.extend((number > 0).then(|| format!("{number} {text}")));
    part(shown - inside, "à part (hors des départements suivis, ou département inconnu)");
    part(list.count.unreadable, "à part (contenu illisible)");
    part(removed, "hors de la liste, retirés de DS sans avoir été acceptés");
    part(excluded, "hors de la liste, écartés par un agent");
    let once = match withdrawn {
        0 => String::new(),
        1 => " La liste montre en outre, une dernière fois, 1 dossier retiré depuis la précédente.".to_owned(),
        more => format!(" La liste montre en outre, une dernière fois, {more} dossiers retirés depuis la précédente."),
    };
    let filed = counted(list.count.filed(), "dossier déposé", "dossiers déposés");
    format!("Décompte : {filed} à la date d’arrêté = {}.{once}", parts.join(" + "))
}

fn removed_grants(list: &MonthlyList) -> Option<String> {
    let numbers: Vec<String> = list.tally.removed_grants().map(|number| number.to_string()).collect();
    (!numbers.is_empty()).then(|| {
        format!(
            "À regarder : dossiers acceptés que demarches-simplifiees.fr ne montre plus (colonne retire_de_ds), gardés dans la liste et dans les sommes jusqu’à ce qu’un agent les écarte : {}, soit les n° {}.",
            numbers.len(),
            numbers.join(", ")
        )
    })
}

fn unreadable(list: &MonthlyList) -> Option<String> {
    let numbers: Vec<String> = list.tally.unreadable().map(|number| number.to_string()).collect();
    (!numbers.is_empty()).then(|| {
        format!(
            "À regarder : dossiers dont le contenu enregistré ne peut plus être lu, comptés dans aucune somme : {}, soit les n° {}.",
            numbers.len(),
            numbers.join(", ")
        )
    })
}

fn rules(list: &MonthlyList) -> Rows {
    let row = |rule: &crate::reports::RuleText| {
        vec![
            Cell::text(rule.id.as_str()),
            Cell::text(format!("{}\n{}", rule.title, rule.explanation)),
            Cell::text(rule.kind.label()),
            Cell::text(rule.citation.as_str()),
        ]
    };
    list.rules.iter().map(row).collect()
}

fn parameters(list: &MonthlyList) -> Rows {
    list.parameters
        .iter()
        .map(|parameter| {
            vec![
                Cell::text(parameter_name(&parameter.name)),
                Cell::text(parameter.value.as_str()),
                Cell::text(validity(parameter.valid_from, parameter.valid_to)),
                Cell::text(parameter.citation.as_str()),
            ]
        })
        .collect()
}

/// What people call a parameter, and its name in the files.
fn parameter_name(code: &str) -> String {
    let name = ParameterName::ALL.iter().find(|name| name.code() == code);
    name.map_or_else(|| code.to_owned(), |name| format!("{} ({code})", name.label()))
}

fn validity(from: Option<Date>, to: Option<Date>) -> String {
    match (from.map(french_date), to.map(french_date)) {
        (None, None) => "sans limite".to_owned(),
        (Some(from), None) => format!("depuis le {from}"),
        (None, Some(to)) => format!("jusqu’au {to}"),
        (Some(from), Some(to)) => format!("du {from} au {to}"),
    }
}

const fn meaning(value: VerdictValue) -> &'static str {
    match value {
        VerdictValue::Met => "Les faits sont là et satisfont la règle.",
        VerdictValue::NotMet => "Les faits sont là et la contredisent.",
        VerdictValue::ToReview => "Un fait manque ou est douteux, ou le guide laisse un agent en juger.",
        VerdictValue::NotApplicable => "La règle ne concerne pas ce dossier, ou pas encore.",
    }
}
