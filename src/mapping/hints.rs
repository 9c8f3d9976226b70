//! The wordings by which a label of a form announces a fact, and those by which it says something else. What
//! [`super::propose()`] and the warnings of [`super::check()`] go by; never what a dossier is read by.
//!
//! A label announces a fact plainly only when every one of its words is understood: those of one way to say it, and those that
//! change nothing. A word that is not known leaves a doubt; one that is known to mean something else settles that it is not.

use std::fmt;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{FactName, FactType};

use super::words::{Words, is, is_any};

/// Patterns apart by spaces, see [`super::words`].
type Patterns = &'static str;

/// Ways to say something, apart by semicolons: each some patterns that are all needed.
type Ways = &'static str;

/// How a fact may be worded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wording {
    /// Ways to say it beyond doubt.
    pub(super) plain: Ways,
    /// Ways that may mean something else.
    pub(super) vague: Ways,
    /// Words that may stand beside without changing the meaning.
    pub(super) beside: Patterns,
    /// Words that make it something else.
    pub(super) never: Patterns,
}

/// What a label may be about, other than the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Number,
    Person,
    Date,
    Rate,
    Count,
    Money,
    Promise,
    Negation,
    Reason,
    Mark,
    Unit,
}

impl Sense {
    const fn words(self) -> Patterns {
        match self {
            Self::Number => {
                "numero num ref reference identifiant code siret siren iban bic rib ej juridique imputation"
            }
            Self::Person => {
                "nom prenom qualite signataire fonction interlocut* contact representant referent courriel mail mel \
                 email telephone adresse civilite responsable coordonnee"
            }
            Self::Date => "date annee echeance delai duree calendrier echeancier",
            Self::Rate => "taux pourcent* quotite ratio coefficient prorata proportion",
            Self::Count => "nombre nb nbre combien quantite effectif",
            Self::Money => "montant cout budget euro eur prix somme tarif",
            Self::Promise => {
                "je m s engageons engager promet* certifi* attest* declar* reconnai* honneur accept* autoris* \
                 confirm* connaissance"
            }
            Self::Negation => "ne n pas non aucun* sans jamais ni inelig* absence sauf excepte",
            Self::Reason => {
                "motif motiv* justifi* comment commentaire remarque observation explication expliqu* raison pourquoi \
                 precision"
            }
            Self::Mark => "note score rang classement point",
            Self::Unit => "jour heure licence exemplaire",
        }
    }

    /// Whether a label that names money means the money all the same: "Montant des licences".
    const fn yields_to_money(self) -> bool {
        matches!(self, Self::Mark | Self::Unit)
    }

    /// What the label announces instead, in French.
    const fn in_french(self) -> &'static str {
        match self {
            Self::Number => "un numéro ou une référence",
            Self::Person => "une personne ou ses coordonnées",
            Self::Date => "une date ou une durée",
            Self::Rate => "un taux",
            Self::Count | Self::Unit => "un nombre de quelque chose",
            Self::Mark => "une note ou un rang",
            Self::Money => "un montant",
            Self::Promise => "un engagement ou une attestation",
            Self::Negation => "une négation",
            Self::Reason => "un motif ou un commentaire",
        }
    }
}

/// Why a label cannot mean a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Objection {
    /// It is about something else.
    About(Sense),
    /// A word of it says so.
    Says(String),
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::About(sense) => write!(f, "annonce {}", sense.in_french()),
            Self::Says(word) => write!(f, "dit « {word} »"),
        }
    }
}

/// What a label says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// Something else, though it has words of it.
    Else(Objection),
    /// That it is there.
    Plainly,
    /// That it may be there: the words that are not known, none when those known do not say enough.
    Perhaps(Vec<String>),
}

impl Said {
    /// Why a person must look at a label first, in French; none for one that announces the fact plainly, or not at all.
    pub(super) fn doubt(&self) -> Option<String> {
        match self {
            Self::Nothing | Self::Else(_) | Self::Plainly => None,
            Self::Perhaps(unknown) if unknown.is_empty() => Some("le libellé n’en dit pas assez".to_owned()),
            Self::Perhaps(unknown) => Some(format!("le libellé dit aussi « {} »", unknown.join(" "))),
        }
    }

    /// What the labels of a block and of its column say together: either may announce the fact, neither may deny it.
    pub(super) fn with_column(self, column: Self) -> Self {
        match (self, column) {
            (Self::Else(objection), _) | (_, Self::Else(objection)) => Self::Else(objection),
            (Self::Plainly, _) | (_, Self::Plainly) => Self::Plainly,
            (Self::Nothing, said) | (said, _) => said,
        }
    }
}

impl Wording {
    /// What a label says. `senses` are what the fact must not be.
    pub(super) fn said_by(&self, label: &str, senses: &[Sense]) -> Said {
        let words = Words::of(label);
        let telling = words.telling();
        let senses = &meant(&telling, senses);
        let reading = |way: &str, vague: bool| {
            let rest: Vec<&str> = telling.iter().copied().filter(|word| !is_any(word, way)).collect();
            let rest = self.without_beside(rest);
            let objection = self.objection(&rest, senses);
            (objection.is_some(), rest.len(), vague, objection, rest)
        };
        let plain = each(self.plain).filter(|way| words.say(way)).map(|way| reading(way, false));
        let vague = each(self.vague).filter(|way| words.say(way)).map(|way| reading(way, true));
        let best = plain.chain(vague).min_by_key(|(refused, unknown, vague, _, _)| (*refused, *unknown, *vague));
        match best {
            None => Said::Nothing,
            Some((_, _, _, Some(objection), _)) => Said::Else(objection),
            Some((_, 0, false, None, _)) => Said::Plainly,
            Some((_, _, _, None, rest)) => Said::Perhaps(rest.into_iter().map(str::to_owned).collect()),
        }
    }

    /// Why a label cannot mean the fact, whether or not it has words of it.
    fn refused(&self, label: &str, senses: &[Sense]) -> Option<Objection> {
        match self.said_by(label, senses) {
            Said::Else(objection) => Some(objection),
            Said::Plainly | Said::Perhaps(_) => None,
            Said::Nothing => {
                let words = Words::of(label);
                let senses = meant(&words.telling(), senses);
                self.objection(&self.without_beside(words.telling()), &senses)
            }
        }
    }

    fn without_beside<'w>(&self, mut words: Vec<&'w str>) -> Vec<&'w str> {
        words.retain(|word| !is_any(word, self.beside));
        words
    }

    fn objection(&self, words: &[&str], senses: &[Sense]) -> Option<Objection> {
        let about = senses.iter().find(|sense| words.iter().any(|word| is_any(word, sense.words())));
        let said = || words.iter().find(|word| is_any(word, self.never));
        about.map(|sense| Objection::About(*sense)).or_else(|| said().map(|word| Objection::Says((*word).to_owned())))
    }
}

/// The senses that count against a label.
fn meant(words: &[&str], senses: &[Sense]) -> Vec<Sense> {
    let names_money = words.iter().any(|word| is_money(word));
    senses.iter().copied().filter(|sense| !(names_money && sense.yields_to_money())).collect()
}

fn is_money(word: &str) -> bool {
    is_any(word, Sense::Money.words()) || is(word, "ht|ttc")
}

/// The ways of a list.
fn each(ways: Ways) -> impl Iterator<Item = &'static str> {
    ways.split(';').map(str::trim).filter(|way| !way.is_empty())
}

/// What a label says of a fact.
pub(super) fn said(fact: FactName, label: &str) -> Said {
    wording(fact).said_by(label, senses(fact))
}

/// Whether a champ that means something else would falsify a sum or a verdict in silence. A choice without a code of the fact, or a
/// text for people, would be noticed.
pub(super) fn falsifies(fact: FactName) -> bool {
    match fact.fact_type() {
        FactType::Choice(_) | FactType::Choices(_) | FactType::Scores => false,
        FactType::Text => matches!(fact, FactName::Lab | FactName::StateContract),
        _ => true,
    }
}

/// Why a label cannot mean a fact whose misreading would falsify a sum or a verdict in silence; none for the others.
pub(super) fn objection(fact: FactName, label: &str) -> Option<Objection> {
    if falsifies(fact) { wording(fact).refused(label, senses(fact)) } else { None }
}

/// Why a person must look first at what the labels of a champ, and of its column, say of such a fact; none for the others.
pub(super) fn doubt(fact: FactName, label: &str, column: Option<&str>) -> Option<String> {
    let said_of_it = said(fact, label);
    let said = column.map_or(said_of_it.clone(), |column| said_of_it.with_column(said(fact, column)));
    said.doubt().filter(|_| falsifies(fact))
}

/// The fact of the same type and section that the labels of a champ, and of its column, announce plainly while they say nothing of such
/// a fact.
pub(super) fn meant_instead(fact: FactName, label: &str, column: Option<&str>) -> Option<FactName> {
    let say = |fact| {
        let said_of_it = said(fact, label);
        column.map_or(said_of_it.clone(), |column| said_of_it.with_column(said(fact, column)))
    };
    let is_alike = |other: &FactName| {
        *other != fact && other.fact_type() == fact.fact_type() && sections(*other) == sections(fact)
    };
    let others = || FactName::ALL.iter().copied().filter(is_alike);
    (falsifies(fact) && say(fact) == Said::Nothing)
        .then(|| others().find(|other| say(*other) == Said::Plainly))
        .flatten()
}

/// The same of a column of the expenses.
pub(super) fn column_objection(column: &str, label: &str) -> Option<Objection> {
    let (wording, senses) = expense_column(column);
    if is_figure(column) { wording.refused(label, senses) } else { None }
}

/// The same of a column of the expenses.
pub(super) fn column_doubt(column: &str, label: &str) -> Option<String> {
    let (wording, senses) = expense_column(column);
    wording.said_by(label, senses).doubt().filter(|_| is_figure(column))
}

/// A column whose answers cannot be told from those of another one.
fn is_figure(column: &str) -> bool {
    matches!(column, "amount" | "date")
}

/// Whether a label says that it is about money.
pub(super) fn speaks_of_money(label: &str) -> bool {
    Words::of(label).telling().into_iter().any(is_money)
}

/// The sections in which a fact is expected.
pub(super) const fn sections(fact: FactName) -> &'static [ChampKind] {
    use FactName as F;
    match fact {
        F::RateException
        | F::GrantedAmount
        | F::EngagedAmount
        | F::PaidAmount
        | F::CommitteeDate
        | F::NotifiedOn
        | F::RegionInformedOn
        | F::AgreementOn
        | F::PaidOn
        | F::ActivityReportOn
        | F::EvaluatedOn
        | F::Ej
        | F::Scores => &[ChampKind::Annotation],
        F::ProjectFramework | F::EligibleExpenses | F::Feedback => &[ChampKind::Champ, ChampKind::Annotation],
        _ => &[ChampKind::Champ],
    }
}

/// What the label of a fact is never about.
const fn senses(fact: FactName) -> &'static [Sense] {
    use Sense::{Count, Date, Mark, Money, Negation, Number, Person, Promise, Rate, Reason, Unit};
    match (fact, fact.fact_type()) {
        (FactName::ProjectTitle | FactName::ProjectSummary, _) => &[Number, Date, Money, Promise, Negation],
        (FactName::Lab, _) => &[Number, Person, Date, Money, Count, Negation, Promise],
        (FactName::StateContract, _) => &[Number, Date, Money, Negation, Promise],
        (FactName::Feedback, _) => &[Date, Money, Person, Promise],
        (FactName::Ej, _) => &[Date, Money, Person, Reason],
        (_, FactType::Amount) => &[Number, Person, Date, Rate, Count, Promise, Negation, Reason, Mark, Unit],
        (_, FactType::Integer) => &[Number, Person, Date, Rate, Money, Promise, Negation, Mark, Unit],
        (_, FactType::Date) => &[Number, Rate, Count, Money, Negation, Reason, Mark],
        (_, FactType::YesNo) => &[Promise, Negation, Reason, Date, Money, Number, Count, Mark],
        (_, FactType::Communes) => &[Negation, Count, Date, Person, Money],
        (_, FactType::Departements) => &[Person, Count, Money, Negation],
        (_, FactType::Choice(_) | FactType::Choices(_)) => &[Number, Date, Money, Count, Promise, Negation],
        (_, FactType::Files) => &[Date, Count, Number, Negation],
        (_, FactType::Expenses) => &[Negation, Rate, Count],
        (_, FactType::Scores) => &[Date, Rate, Money, Reason],
        (_, FactType::Text) => &[Date, Money],
    }
}

/// The words of the programmes themselves, which say nothing more.
macro_rules! programme {
    () => {
        "fitn itn titre france relance demat ads transformation numerique"
    };
}

/// The wordings of a fact.
#[allow(clippy::too_many_lines, reason = "one table")]
pub(super) const fn wording(fact: FactName) -> Wording {
    use FactName as F;
    match fact {
        F::ApplicantType => Wording {
            plain: "depos* tant|titre; type|qualite|statut|nature|categorie|profil \
                demandeur|porteur|beneficiaire|candidat|deposant; etes; representez",
            vague: "type|statut structure|collectivite|etablissement|organisme",
            beside: "demande dossier projet aide subvention structure collectivite porteur",
            never: "prenom signataire adresse telephone courriel piece activite",
        },
        F::AttachedCommunes => Wording {
            plain: "commune \
                rattache|rattachement|adherent*|couvert*|instrui*|desservi*|beneficiaire|concerne|conventionne; \
                commune service|centre instruct*",
            vague: "commune membre; liste commune; commune",
            beside: "liste service centre instruct* instrui* mutualise ads autorisation urbanisme droit sols code insee \
                membre demande dont commune adherent* rattache nom",
            never: "siege naissance limitrophe voisin* population principal* epci interco* communaute groupement \
                metropole agglomeration syndicat departement region residence ancien* delegue postal* canton pays \
                habitant sorti* quitt*",
        },
        F::Invoices => Wording {
            plain: "facture; justificati* depense",
            vague: "justificati*",
            beside: "acquitte paye logiciel depense copie justificatif justificative piece prestation dematerialise \
                joindre joint relative projet operation achat correspondant* fournir",
            never: "proforma forma modele domicile identite rib estimati* attestation recette",
        },
        F::Expenses => Wording {
            plain: "depense; detail|poste|liste|ligne cout",
            vague: "cout; budget; achat; facture",
            beside: "detail detaille liste tableau poste ligne realise prevu previsionnel previsionnelle eligible plan \
                projet operation nature presente etat recapitulatif engage cout",
            never: "finance* cofinance* recette ressource subvention aide autre apport fonctionnement ineligible",
        },
        F::EligibleExpenses => Wording {
            plain: "depense|cout|montant|assiette|base|total eligible|subventionnable",
            vague: "depense retenu; assiette|base; total depense",
            beside: "depense cout montant total totale globale projet operation retenu euro eur ht ttc hors taxe \
                assiette base previsionnel previsionnelle presente",
            never: "nature liste detail subvention aide plafon* demande sollicite poste",
        },
        F::Theme => Wording {
            plain: "theme; thematique",
            vague: "volet",
            beside: "projet operation demande dossier choisi concerne vise guichet principal numero",
            never: "secondaire prioritaire formation atelier",
        },
        F::ProjectTitle => Wording {
            plain: "titre|intitule|nom|libelle projet|operation|action; titre|intitule candidature",
            vague: "titre|intitule|denomination; objet demande|projet|operation; nom teleservice|service|dossier",
            beside: "court complet projet operation action candidature presente",
            never: "porteur responsable referent chef directeur contact qualite civilite poste emploi marche prenom \
                pilote fonction demandeur signataire prestataire piece document fichier diplome axe bancaire \
                compte equipe partenaire beneficiaire maitre",
        },
        F::ProjectSummary => Wording {
            plain: "resume|description|descriptif|presentation|synthese projet|operation|action|candidature",
            vague: "resume|description|descriptif|presentation|synthese; objet|objectif projet|operation|action",
            beside: "succinct succincte bref breve court courte synthetique detaille general generale quelques lignes \
                objectif projet operation contexte global",
            never: "financ* depense marche porteur structure collectivite equipe piece document difficulte partenaire \
                demandeur prestataire materiel equipement technique commune laboratoire territoire",
        },
        F::TotalCost => Wording {
            plain: "cout|budget total|totale|global|complet|previsionnel|estimati*|estime; cout|budget \
                projet|operation|action; montant total|global \
                projet|operation|travaux|investissement|action|depense|budget; montant projet|operation; depense \
                totale|total",
            vague: "cout|budget; montant total|global|previsionnel; montant travaux; total depense",
            beside: "projet operation action previsionnel previsionnelle total totale global globale estime estimatif \
                euro eur ht ttc hors taxe toute comprise montant cout travaux depense complet",
            never: "subvention aide demande sollicite eligible subventionnable unitaire habitant annuel* \
                fonctionnement centre reste charge recette financ* autofinance* cofinance* apport ressource \
                participation unite journalier horaire evite econom* mensuel* accorde attribue annexe retenu \
                interne",
        },
        // Of amounts of money, several grants added up are another amount: their names are in the singular alone.
        F::RequestedAmount => Wording {
            plain: "montant|subvention!|aide!|financement!|somme|dotation!|participation!|concours! \
                demande|sollicite|souhaite|requis|requise",
            vague: "demande|sollicite",
            beside: concat!(
                programme!(),
                " subvention! aide! financement! dotation! etat total totale projet montant euro eur ht ttc \
                 financier financiere operation participation! presente"
            ),
            never: "autre detr dsil dsid fnadt feder fse europe* region* departement* conseil autofinance* cofinance* \
                financeur accorde attribue obtenu recu depense cout acompte avance solde paiement versement \
                prolongation organisme precede* anterieur* deja maximum plafon* modifi*",
        },
        F::ProjectStart => Wording {
            plain: "date debut|demarrage|lancement|commencement; debut|demarrage|commencement \
                projet|operation|travaux|action|execution|realisation|prevu|prevue",
            vague: "debut|demarrage|commencement|lancement",
            beside: "projet operation travaux action execution realisation prevu prevue prevision* estime effecti* mise \
                oeuvre souhaite envisage date reel reelle",
            never: "fin achevement naissance mandat instruction elig* convention marche consultation depot vigueur \
                contrat appel offre validite exercice abonnement formation contractu* limite cloture candidature \
                enquete etude avant",
        },
        F::ProjectEnd => Wording {
            plain: "date fin|achevement; fin|achevement \
                projet|operation|travaux|action|execution|realisation|prevu|prevue",
            vague: "fin|achevement|livraison|cloture|reception|termin*; mise service",
            beside: "projet operation travaux action execution realisation prevu prevue prevision* estime effecti* mise \
                oeuvre souhaite envisage date reel reelle",
            never: "debut demarrage commencement mandat convention marche contrat validite elig* instruction caducite \
                depot abonnement candidature appel garantie limite arrete demande dossier justificati* facture \
                versement formation piece etude",
        },
        F::AlreadyEngaged => Wording {
            plain: "deja engage|commence|debute|demarre|lance; commencement execution; projet|operation|travaux|action \
                engage|commence|debute|demarre",
            vague: "engage|commence|debute|demarre|lance",
            beside: "projet operation travaux action depense execution realisation fait objet ete deja jour depot \
                demande avant commencement",
            never: "quand depuis demarche contrat crte label* certification transition piece prealable subvention aide \
                financement juridique credit partenariat convention marche autre concertation reflexion",
        },
        F::ProjectDepartement => Wording {
            plain: "departement projet|operation|realisation|realise|implantation|execution; lieu \
                realisation|execution|implantation projet|operation",
            vague: "departement; lieu realisation|projet|implantation|execution",
            beside: "projet operation realise realisation mise oeuvre principal lieu departement",
            never: "naissance residence demandeur siege porteur prefecture prefet conseil numero subvention aide \
                finance* president instruct* domicile laboratoire autre",
        },
        F::EquipmentPurpose => Wording {
            plain: "finalite|utilite|usage|destination|utilisation equipement|materiel",
            vague: "equipement|materiel",
            beside: "achete acquis finance prevu principal principale numerique informatique objet",
            never: "liste devis marque type existant etat fournisseur maintenance",
        },
        F::Lab => Wording {
            plain: "laboratoire|labo|lab",
            vague: "tiers lieu",
            beside: "innovation territoriale territorial public publique partenaire nom designation associe implique \
                accompagnant soutient soutenant projet porte porteur mobilise",
            never: "analyse label commune departement role referentiel catalogue statut convention medical* souhait* \
                attente perenn* creation",
        },
        F::StateContract => Wording {
            plain: "contrat|contractu*|convention etat; crte; contrat relance",
            vague: "contrat|contractu*",
            beside: "etat relance transition ecologique crte projet inscrit inscrire cadre prioritaire signe finance \
                territorial territoire s contrat operation",
            never: "prestation prestataire travail maintenance assurance marche fournisseur licence embauche \
                apprentissage type engagement",
        },
        F::Population => Wording {
            plain: "population; nombre|nb|nbre habitant",
            vague: "habitant",
            beside: "municipale totale total insee legale commune collectivite territoire epci groupement couvert* \
                nombre habitant structure demandeur",
            never: "vise cible beneficiaire touche concerne scolaire* active age jeune part densite impacte usager \
                agent carre km2 potentiel* evolution variation",
        },
        F::Service => Wording {
            plain: "service raccord*|deploy*|connecte|souhaite|concerne|choisi|demande|vise; type \
                service|raccordement; franceconnect api",
            vague: "service; raccordement",
            beside: "api franceconnect national nationale type souhaite aide demande",
            never: "instruct* contact porteur nom responsable telephone informatique beneficiaire",
        },
        F::TargetUsers => Wording {
            plain: "nombre|nb|nbre usager|utilisateur|beneficiaire|citoyen vise|cible|concerne|touche|potentiel; \
                usager|utilisateur|beneficiaire vise|cible|concerne|touche",
            vague: "nombre|nb|nbre usager|utilisateur|beneficiaire|citoyen",
            beside: "projet service final finaux potentiel potentielle estime previsionnel vise cible usager \
                utilisateur nombre nb nbre concerne estimation",
            never: "agent satisf* interne formation forme heure jour commune part",
        },
        F::AgentsTrained => Wording {
            plain: "agent forme|former|formation",
            vague: "nombre|nb|nbre agent|stagiaire",
            beside: "nombre nb nbre service numerique collectivite commune projet beneficiaire concerne prevu suivre \
                suivi previsionnel territoriaux beneficiant",
            never: "heure jour session formateur module satisf* type organisme non effectif",
        },
        F::SupportWanted => Wording {
            plain: "accompagnement souhait*|attend*|voulu|espere|besoin; besoin|attente accompagnement; soutien \
                souhait*|attendu",
            vague: "accompagnement; attente; soutien",
            beside: "type forme nature souhait* etat prefecture service numerique part collectivite attend* besoin",
            never: "beneficie deja nom recu prestataire recours lettre",
        },
        F::Feedback => Wording {
            plain: "retour experience",
            vague: "retour; remarque; commentaire; suggestion; bilan",
            beside: "remarque commentaire suggestion libre eventuel* projet observation experience",
            never: "courrier dossier participer partage* comptable financier interne instruct* piece activite",
        },
        F::RateException => Wording {
            plain: "taux exceptionnel|derogatoire|majore|deroge; derogation|exception taux",
            vague: "derogation|exception|derogatoire",
            beside: "accord* 80 pourcentage financement subvention intervention octroye applique aide",
            never: "demande sollicite propose refus* marche",
        },
        F::GrantedAmount => Wording {
            plain: "montant|somme|subvention!|aide!|financement!|dotation!|participation! \
                accorde|attribue|octroye|alloue; montant|somme definitif|definitive subvention!|aide!; \
                subvention!|aide! definitive; montant|somme notifie",
            vague: "attribue|attribution|accorde|octroye|alloue; montant|subvention!|aide! \
                retenu|valide|arrete|final|finale|decide|notifie; montant|somme \
                subvention!|aide!|dotation!|financement!|fitn",
            beside: concat!(
                programme!(),
                " subvention! aide! dotation! financement! etat prefecture prefet definitif definitive total \
                 totale final finale projet beneficiaire comite commission montant euro eur ht ttc arrete"
            ),
            never: "demande sollicite propose proposition reste autre eligible precede* anterieur* acompte avance \
                solde engage paye verse mandate depense cout point credit autorisation prorogation prolongation \
                provisoire",
        },
        F::EngagedAmount => Wording {
            plain: "montant|somme|subvention!|ae engage; montant|somme engagement; credit engage; montant ej; \
                autorisation engagement engage",
            vague: "engage|engagement; ae; autorisation engagement",
            beside: concat!(
                programme!(),
                " chorus juridique engagement ej subvention! etat credit ae autorisation total totale montant \
                 euro eur"
            ),
            never: "paye verse mandate reste depense collectivite travaux porteur desengage* demande accorde propose \
                retrait",
        },
        F::PaidAmount => Wording {
            plain: "montant|somme|subvention!|aide! paye|verse|mandate|liquide|regle; montant|somme|total \
                paiement|versement|mandatement; total paye|verse|mandate",
            vague: "paye|verse|mandate|paiement|versement; cp",
            beside: concat!(
                programme!(),
                " chorus subvention! aide! etat credit paiement cp total totale montant euro eur cumule \
                 effectivement"
            ),
            never: "reste payer verser prevu previsionnel* demande engage accorde collectivite facture trop restant \
                rembours* reverse* depense porteur",
        },
        F::CommitteeDate => Wording {
            plain: "date|passage|examen|reunion|seance commission|comite; commission|comite \
                selection|departement*|validation",
            vague: "commission|comite|jury",
            beside: "passage date selection departement* ad hoc programmation attribution validation examen decision \
                reunion seance tenue fitn commission",
            never: "appel offre permanente convocation previsionnel* prevu prevue prochain* envoi cao suivi evaluation \
                technique suspens* technique membre",
        },
        F::NotifiedOn => Wording {
            plain: "notification|notifie",
            vague: "",
            beside: "date lettre courrier decision subvention arrete beneficiaire porteur demandeur collectivite \
                attribution attributi* accord",
            never: "marche previsionnel* prevu prevue limite prestataire titulaire refus rejet projet region \
                fournisseur europe* contrat recours",
        },
        F::RegionInformedOn => Wording {
            plain: "region inform*",
            vague: "region transmi*|saisine|envoi|accord; sgar inform*|transmi*|envoi",
            beside: "prefecture prefet date sgar projet prealable fait faite",
            never: "vote conseil commission comite subvention naissance",
        },
        F::AgreementOn => Wording {
            plain: "convention signe|signature; date convention",
            vague: "convention; date signature",
            beside: "date attributi* financement subvention attribution fitn signature signe prefet parties financiere",
            never: "fin echeance expiration envoi transmi* limite mutualisation adhesion debut effet previsionnel* \
                prevu prevue retour caducite reception arrete proces deliberation avenant marche bail stage",
        },
        F::PaidOn => Wording {
            plain: "paiement|versement|paye|verse|mandate|mandatement",
            vague: "liquidation|liquide",
            beside: "date subvention effecti* aide mise total totale",
            never: "previsionnel* prevu prevue limite demande reste facture collectivite prestataire loyer fournisseur \
                refus",
        },
        F::ActivityReportOn => Wording {
            plain: "bilan|rapport activite; reception bilan",
            vague: "bilan|rapport",
            beside: "date recu reception remise remis transmis transmission depot activite",
            never: "limite echeance previsionnel* prevu prevue attendu instruction relance analyse presentation \
                demande",
        },
        F::EvaluatedOn => Wording {
            plain: "evaluation|evalue",
            vague: "",
            beside: "date faite realise projet effectue",
            never: "previsionnel* prevu prevue limite besoin risque note comite environnementa*",
        },
        F::ProjectFramework => Wording {
            plain: "cadre|portage projet; projet mene|porte|commun|mutualise|partage",
            vague: "cadre",
            beside: "collecti* intervention projet realise",
            never: "juridique reglementaire marche reserve politique budgetaire contractu* contrat",
        },
        F::Ej => Wording {
            plain: "ej; engagement juridique",
            vague: "chorus",
            beside: "numero chorus reference ref juridique engagement num",
            never: "objet type tiers statut etat libelle demande service region fichier",
        },
        F::Scores => Wording { plain: "", vague: "", beside: "", never: "" },
    }
}

/// How a column of the expenses is worded.
pub(super) fn expense_column(column: &str) -> (Wording, &'static [Sense]) {
    use Sense::{Count, Date, Mark, Money, Negation, Number, Person, Promise, Rate, Reason, Unit};
    match column {
        "nature" => (
            Wording {
                plain: "nature; type|categorie|poste depense|achat|cout",
                vague: "type|categorie|poste|rubrique",
                beside: "depense achat cout prestation type poste",
                never: "justificati* financ* fournisseur editeur piece recette document",
            },
            &[Number, Date, Count, Rate, Person, Negation],
        ),
        "amount" => (
            Wording {
                plain: "montant; cout|prix total|totale|ht|ttc|euro; cout depense",
                vague: "cout|prix; total",
                beside: "ht ttc hors taxe toute comprise euro eur depense total totale facture achat ligne devis \
                    eligible previsionnel paye acquitte",
                never: "unitaire unite tva subvention aide financ* recette reste demande remise mensuel* annuel* \
                    participation autofinance* apport taxes inclus*",
            },
            &[Number, Person, Date, Rate, Count, Promise, Negation, Reason, Mark, Unit],
        ),
        "origin" => (
            Wording {
                plain: "siege|origine|provenance|nationalite editeur|logiciel|fournisseur; editeur ue|europe*|union",
                vague: "editeur; origine|provenance; pays",
                beside: "editeur ue hors union europe* pays logiciel situe social fournisseur",
                never: "nom fonds financ* ressource adresse raison produit recette",
            },
            &[Number, Date, Money, Count, Rate, Reason],
        ),
        "date" => (
            Wording {
                plain: "date facture|depense|achat|acquisition|devis; date",
                vague: "facture|depense",
                beside: "facture depense achat devis acquisition realisation prestation logiciel engagement",
                never: "fin debut limite validite expiration livraison prevu prevue",
            },
            &[Number, Count, Rate, Money, Reason, Negation],
        ),
        _ => (Wording { plain: "", vague: "", beside: "", never: "" }, &[]),
    }
}

/// How the mark of a criterion is worded.
pub(super) fn criterion(criterion: &str) -> (Wording, &'static [Sense]) {
    use Sense::{Date, Money, Person, Promise, Rate, Reason};
    macro_rules! mark {
        ($plain:expr, $vague:expr, $never:expr) => {
            Wording {
                plain: $plain,
                vague: $vague,
                beside: "note score critere point politique projet 3 4 5 10 20 1 2 modele economique utilisateur usager \
                    cible direct induit",
                never: $never,
            }
        };
    }
    let wording = match criterion {
        "portage" => mark!("note|score|critere|point portage", "portage", "maximum ponderation"),
        "equipe" => mark!("note|score|critere|point equipe", "equipe", "maximum ponderation taille"),
        "impact" => {
            mark!("note|score|critere|point impact", "impact", "maximum ponderation direct induit")
        }
        "extension" => {
            mark!("note|score|critere|point extension", "extension|essaimage", "maximum ponderation")
        }
        "impact_direct" => {
            mark!("note|score|critere|point impact direct|induit", "impact direct|induit", "maximum ponderation")
        }
        _ => Wording { plain: "", vague: "", beside: "", never: "" },
    };
    (wording, &[Date, Rate, Money, Reason, Person, Promise])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS};
    use crate::domain::text::fold;

    fn wordings() -> Vec<Wording> {
        let facts = FactName::ALL.iter().map(|fact| wording(*fact));
        let columns = EXPENSE_COLUMNS.iter().map(|key| expense_column(key).0);
        facts.chain(columns).chain(CRITERIA.iter().map(|key| criterion(key).0)).collect()
    }

    /// Every pattern, without the signs that say how it is held against a word.
    fn stems() -> Vec<(&'static str, bool)> {
        let texts =
            wordings().into_iter().flat_map(|wording| [wording.plain, wording.vague, wording.beside, wording.never]);
        let stems = texts.flat_map(|text| text.split([' ', '|', ';'])).filter(|stem| !stem.is_empty());
        stems.map(|stem| (stem.trim_end_matches(['*', '!']), stem.ends_with('*'))).collect()
    }

    #[test]
    fn patterns_are_folded() {
        assert!(stems().into_iter().all(|(stem, _)| !stem.is_empty() && fold(stem) == stem));
    }

    #[test]
    fn no_pattern_waits_for_a_word_that_is_passed_over() {
        for (stem, _) in stems().into_iter().filter(|(_, is_beginning)| !is_beginning) {
            assert!(!Words::of(stem).telling().is_empty(), "{stem}");
        }
    }

    #[test]
    fn a_label_of_which_every_word_is_known_is_plain() {
        assert_eq!(said(FactName::GrantedAmount, "Montant définitif de la subvention (€)"), Said::Plainly);
        assert_eq!(
            said(FactName::GrantedAmount, "Montant accordé au titre du DSIL"),
            Said::Perhaps(vec!["dsil".to_owned()])
        );
        assert_eq!(
            said(FactName::GrantedAmount, "Montant accordé : nom du signataire"),
            Said::Else(Objection::About(Sense::Person))
        );
        assert_eq!(said(FactName::GrantedAmount, "Observations"), Said::Nothing);
        assert_eq!(said(FactName::GrantedAmount, "Attribution"), Said::Perhaps(Vec::new()));
    }

    #[test]
    fn what_cannot_be_meant_is_told_of_facts_that_falsify_in_silence() {
        for (fact, label, expected) in [
            (FactName::GrantedAmount, "N° engagement juridique", "annonce un numéro ou une référence"),
            (FactName::RequestedAmount, "Taux de subvention sollicité", "annonce un taux"),
            (FactName::GrantedAmount, "Nom et qualité du signataire", "annonce une personne ou ses coordonnées"),
            (FactName::AlreadyEngaged, "Je m’engage à ne pas démarrer", "annonce un engagement ou une attestation"),
            (FactName::AttachedCommunes, "EPCI dont est membre la commune", "dit « epci »"),
            (FactName::Population, "Coût par habitant", "annonce un montant"),
            (FactName::GrantedAmount, "Note sur 20", "annonce une note ou un rang"),
            (FactName::RequestedAmount, "Score du dossier", "annonce une note ou un rang"),
            (FactName::PaidAmount, "Rang", "annonce une note ou un rang"),
            (FactName::TotalCost, "Licences", "annonce un nombre de quelque chose"),
            (FactName::EligibleExpenses, "Jours de formation", "annonce un nombre de quelque chose"),
            (FactName::CommitteeDate, "Points obtenus", "annonce une note ou un rang"),
            (FactName::Invoices, "Nombre de factures", "annonce un nombre de quelque chose"),
        ] {
            assert_eq!(
                objection(fact, label).map(|objection| objection.to_string()).as_deref(),
                Some(expected),
                "{label}"
            );
        }
        assert_eq!(objection(FactName::GrantedAmount, "Attribué"), None);
        assert_eq!(objection(FactName::EligibleExpenses, "Montant des licences"), None, "it is money");
        assert_eq!(objection(FactName::CommitteeDate, "Jour de la commission"), None);
        assert_eq!(
            column_objection("amount", "Jours").map(|it| it.to_string()).as_deref(),
            Some("annonce un nombre de quelque chose")
        );
        assert_eq!(objection(FactName::ProjectTitle, "Date du projet"), None);
    }
}
