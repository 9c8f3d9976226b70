//! Where something may be held on a person, for how long, and what erases it: said with every answer, whatever was found.

use std::path::Path;

use serde::Serialize;

use crate::desk::Retention;

/// A place that is looked through, or that is not.
#[derive(Debug, Serialize)]
pub(super) struct Holding {
    /// What is held there.
    pub place: &'static str,
    /// Until when.
    pub until: String,
    /// When it is erased, and by what.
    pub erased: &'static str,
}

/// What is looked through.
pub(super) fn places(retention: &Retention, exports: &Path) -> Vec<Holding> {
    let days = (retention.erase_after.as_hours() / 24).unsigned_abs();
    let exports = exports.display();
    vec![
        Holding {
            place: "dossiers : toutes leurs versions, champs et annotations, noms des pièces jointes, faits, avis, actes des agents, alertes",
            until: format!("tant que DS les montre ; une fois supprimés de DS, {days} jours"),
            erased: "quand DS a supprimé le dossier, passé ce délai : à la fin d’une synchronisation complète, ou par « fitn purge » ; reste une trace \
                     sans nom ni texte (README, « Données personnelles »)",
        },
        Holding {
            place: "documents conservés : listes, rapports et leurs corrections, repris compris",
            until: format!("sans limite, dans la base et dans {exports}"),
            erased: "jamais par ce programme : ce sont des documents remis, dont le service fixe la durée de conservation",
        },
        Holding {
            place: "envois : destinataires, textes, réponses du serveur",
            until: "sans limite".to_owned(),
            erased: "le texte des alertes et nouveautés, avec le dossier qu’il nommait ; le reste, jamais",
        },
        Holding {
            place: "reste : reprises de documents, commentaires des rapports, alertes, formulaires, adresses de la configuration",
            until: "tant que cela vaut ; reprises et commentaires sans limite".to_owned(),
            erased: "à la fin de l’alerte, au retrait de la configuration ; le reste, jamais",
        },
    ]
}

/// What is not looked through, and why it matters or not.
pub(super) const NOT_SEARCHED: [&str; 5] = [
    "le contenu des pièces jointes (PDF, images) : ouvrez celles des dossiers trouvés",
    "les PDF des documents conservés : leurs autres formats sont cherchés ; celui d’un comité dit davantage que sa feuille, ouvrez ceux \
     des départements trouvés",
    "les sauvegardes, la base qu’une restauration a mise de côté (« .avant-restauration-… »), celle d’avant une mise à jour \
     (« -avant-schema-… »), l’archive d’un programme clos, les copies remises ou déplacées hors du répertoire des exports : elles tiennent ce que la base tenait à leur date, \
     jusqu’à ce que leur rotation, ou qui les garde, les efface",
    "le journal du service et celui des envois : ils ne nomment personne",
    "DS lui-même, et ce que gardent les destinataires : la demande est à leur transmettre aussi",
];
