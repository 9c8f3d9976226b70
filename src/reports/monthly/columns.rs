//! The columns of the list: one table for their names, their meaning and their values.
//!
//! The first twenty-one are fixed, names and order; new ones go to the end.

use super::row::ListRow;
use crate::domain::siret::Siret;
use crate::reports::Cell;

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The name that programs rely on.
    pub name: &'static str,
    /// The same in a few French words, for people.
    pub label: &'static str,
    /// What it holds, in French, for the notice.
    pub meaning: &'static str,
    /// Width on a sheet, in characters.
    pub width: u8,
    /// Whether a difference makes a dossier `modifie`. Columns that follow from others, or from the settings, do not.
    pub compared: bool,
    /// The value.
    pub cell: fn(&ListRow) -> Cell,
}

impl Column {
    /// The columns that everybody may rely on: the rest may grow.
    pub const FIXED: usize = 21;
}

const fn column(
    name: &'static str,
    label: &'static str,
    width: u8,
    meaning: &'static str,
    cell: fn(&ListRow) -> Cell,
) -> Column {
    Column { name, label, meaning, width, compared: true, cell }
}

/// A column that follows from others or from the settings.
const fn derived(
    name: &'static str,
    label: &'static str,
    width: u8,
    meaning: &'static str,
    cell: fn(&ListRow) -> Cell,
) -> Column {
    Column { name, label, meaning, width, compared: false, cell }
}

/// Every column, in order.
pub static COLUMNS: [Column; 37] = [
    column("departement", "département", 13, "Code du département du demandeur.", |r| {
        Cell::maybe_text(r.departement.as_deref())
    }),
    column("numero_dossier", "n° de dossier", 16, "Numéro du dossier sur demarches-simplifiees.fr.", |r| {
        Cell::Integer(r.numero_dossier)
    }),
    column(
        "etat",
        "état",
        16,
        "État du dossier sur demarches-simplifiees.fr : en_construction, en_instruction, accepte, refuse, sans_suite. « illisible » : le contenu enregistré ne peut plus être lu.",
        |r| Cell::text(r.etat.code()),
    ),
    column("date_depot", "date de dépôt", 13, "Jour du dépôt, à l’heure de Paris.", |r| r.date_depot.into()),
    column(
        "type_demandeur",
        "type de demandeur",
        19,
        "centre_instructeur ou commune_autonome, d’après le formulaire.",
        |r| Cell::maybe_text(r.type_demandeur.as_deref()),
    ),
    column("siret", "SIRET", 17, "SIRET du demandeur.", |r| Cell::maybe_text(r.siret.as_ref().map(Siret::as_str))),
    column("beneficiaire", "bénéficiaire", 34, "Nom du demandeur.", |r| Cell::maybe_text(r.beneficiaire.as_deref())),
    column("code_insee", "code INSEE", 13, "Code INSEE de la commune, ou de l’adresse du centre instructeur.", |r| {
        Cell::maybe_text(r.code_insee.as_deref())
    }),
    column(
        "nombre_communes",
        "nombre de communes",
        19,
        "Nombre de communes rattachées, reconnues et distinctes. Vide : non renseigné.",
        |r| r.nombre_communes.into(),
    ),
    column(
        "codes_communes",
        "communes rattachées",
        46,
        "Codes INSEE de ces communes, séparés par des espaces.",
        |r| Cell::words(&r.codes_communes),
    ),
    column(
        "depenses_eligibles",
        "dépenses éligibles",
        20,
        "Dépenses éligibles (ADS-04 et ADS-05). Vide : inconnues.",
        |r| r.depenses_eligibles.into(),
    ),
    column(
        "montant_calcule",
        "montant calculé",
        17,
        "Montant selon le guide (ADS-06 et ADS-07). Vide : ne peut pas être calculé.",
        |r| r.montant_calcule.into(),
    ),
    column(
        "montant_accorde",
        "montant accordé",
        17,
        "Montant accordé, saisi par le service instructeur. Jamais remplacé par le montant calculé.",
        |r| r.montant_accorde.into(),
    ),
    column("montant_engage", "montant engagé", 17, "Montant engagé.", |r| r.montant_engage.into()),
    column("montant_paye", "montant payé", 17, "Montant payé.", |r| r.montant_paye.into()),
    column("date_commission", "date de commission", 17, "Date de la commission.", |r| r.date_commission.into()),
    column("date_notification", "date de notification", 18, "Date de la notification.", |r| r.date_notification.into()),
    column(
        "avis_regles",
        "avis des règles",
        14,
        "Ce que donnent les règles : eligible, non_eligible, a_verifier.",
        |r| Cell::text(r.avis_regles.code()),
    ),
    column(
        "motifs",
        "motifs",
        90,
        "Les règles non respectées ou à vérifier, et pourquoi, celles qui décident de l’avis d’abord.",
        |r| Cell::text(r.motifs.as_str()),
    ),
    derived(
        "evolution",
        "évolution",
        12,
        "Depuis la dernière liste conservée : nouveau, modifie, inchange, retire ; vide si elle ne peut plus être relue.",
        |r| Cell::text(r.evolution.code()),
    ),
    derived(
        "colonnes_modifiees",
        "colonnes modifiées",
        38,
        "Les colonnes qui ont changé depuis la dernière liste, séparées par des espaces.",
        |r| Cell::words(&r.colonnes_modifiees),
    ),
    derived("lien_ds", "lien", 44, "Adresse du dossier sur demarches-simplifiees.fr.", |r| {
        if r.lien_ds.is_empty() { Cell::Empty } else { Cell::Link(r.lien_ds.clone()) }
    }),
    derived("nom_departement", "nom du département", 20, "Nom du département.", |r| {
        Cell::maybe_text(r.nom_departement.as_deref())
    }),
    column(
        "perimetre",
        "périmètre",
        15,
        "suivi : dans un département suivi ; hors_perimetre ou inconnu : grisé et hors sommes (ADS-10) ; illisible : hors sommes.",
        |r| Cell::text(r.perimetre.code()),
    ),
    column(
        "remarques",
        "remarques",
        34,
        "À savoir : « attribution sans montant », montant hors sommes et pourquoi, communes hors de la région, motif du retrait.",
        |r| Cell::text(r.remarques.as_str()),
    ),
    column("pieces_a_demander", "pièces à demander", 60, "Ce qui manque pour se prononcer.", |r| {
        Cell::text(r.pieces_a_demander.as_str())
    }),
    column("regles_non_respectees", "règles non respectées", 23, "Identifiants des règles non respectées.", |r| {
        Cell::words(&r.regles_non_respectees)
    }),
    column(
        "regles_a_verifier",
        "règles à vérifier",
        23,
        "Identifiants des règles à vérifier par un agent.",
        |r| Cell::words(&r.regles_a_verifier),
    ),
    column(
        "regles_decidees",
        "règles décidées par un agent",
        18,
        "Identifiants des règles sur lesquelles un agent s’est prononcé.",
        |r| Cell::words(&r.regles_decidees),
    ),
    column(
        "communes_non_reconnues",
        "communes non reconnues",
        26,
        "Communes rattachées que les tables de l’INSEE ne connaissent pas : non comptées.",
        |r| Cell::text(r.communes_non_reconnues.as_str()),
    ),
    column(
        "communes_en_double",
        "communes en double",
        22,
        "Codes listés une seconde fois dans le dossier : non comptés.",
        |r| Cell::words(&r.communes_en_double),
    ),
    column("date_decision", "date de décision", 16, "Jour de la décision sur demarches-simplifiees.fr.", |r| {
        r.date_decision.into()
    }),
    column(
        "engagement_juridique",
        "engagement juridique",
        22,
        "Numéro de l’engagement juridique dans Chorus.",
        |r| Cell::maybe_text(r.engagement_juridique.as_deref()),
    ),
    derived(
        "etat_connu_depuis",
        "état connu depuis",
        17,
        "Jour de la première lecture du dossier, quand elle est postérieure à la date d’arrêté : la ligne montre l’état de ce jour.",
        |r| r.etat_connu_depuis.into(),
    ),
    column(
        "montant_compte",
        "montant compté",
        17,
        "Ce que comptent les totaux : le montant accordé d’un dossier accepté à la date d’arrêté (commission et décision sur DS comprises), dans un département suivi. Vide : ne compte pas.",
        |r| r.montant_compte.into(),
    ),
    column(
        "retire_de_ds",
        "retiré de DS le",
        13,
        "Jour depuis lequel demarches-simplifiees.fr ne montre plus un dossier accepté : il reste dans la liste et dans les sommes, jusqu’à ce qu’un agent l’écarte.",
        |r| r.retire_de_ds.into(),
    ),
    derived(
        "edition",
        "édition",
        58,
        "La liste à laquelle la ligne appartient : mois, correction, instant d’arrêté (UTC), version du programme.",
        |r| Cell::text(r.edition.as_str()),
    ),
];
