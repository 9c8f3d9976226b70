//! What can go wrong, told apart by what the caller does about it.
//!
//! No variant holds the token, a body, or a text of the server that is not one of those that it is known to give.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::settings::TokenSource;
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::instant::french_instant;

/// Why an operation gave nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The API refuses access. Stop, tell the operator.
    #[error("l’API refuse l’accès : {0}")]
    Refused(Refusal),
    /// The proxy wants a name and a password that it knows. Never asked twice: accounts get locked.
    #[error("le serveur mandataire refuse la connexion : nom ou mot de passe absent ou inconnu de lui (HTTP 407)")]
    ProxyAuth,
    /// The proxy does not lead to the API. HTTP status: the proxy's own, not one of DS.
    #[error("le serveur mandataire ne mène pas jusqu’à DS : HTTP {status}, réponse du mandataire et non de DS")]
    ProxyRefused {
        /// HTTP status.
        status: u16,
    },
    /// The server does not know it, or hides it. Never the same as "all its dossiers are gone" (API facts, 3.9).
    #[error("{0} : introuvable sur DS")]
    NotFound(Target),
    /// The budget of the minute is spent. Wait.
    #[error("trop de requêtes : l’API demande d’attendre {} s", wait.as_secs())]
    RateLimited {
        /// Until the server counts afresh.
        wait: Duration,
    },
    /// Too much was asked for at once. Ask for a smaller page.
    #[error("{0}")]
    Timeout(Overrun),
    /// Out of reach for now. Try later.
    #[error("l’API est hors d’atteinte : {0}")]
    Temporary(Cause),
    /// The server failed on this very question: perhaps one poisoned record kills the page (API facts, 2.7). Halve the page.
    #[error(
        "l’API a échoué (HTTP {status}{}{}{})",
        Suffix(", sur ", path.as_deref()),
        Suffix(", code ", code.as_deref()),
        Suffix(", incident ", incident.as_deref())
    )]
    ServerFault {
        /// HTTP status.
        status: u16,
        /// Where in the answer, dots between the steps, when the server says so.
        path: Option<String>,
        /// `extensions.code`.
        code: Option<String>,
        /// `extensions.exception_id`, to quote to the support of DS.
        incident: Option<String>,
    },
    /// A record on the server breaks the schema and nothing was left of the answer. Not mended by trying again.
    #[error("donnée incohérente sur DS (champ GraphQL {path} vide alors qu’il ne peut pas l’être)")]
    InvalidNull {
        /// Where, dots between the steps; empty when the server does not say.
        path: String,
    },
    /// The server does not take the question: it has changed, or this program is wrong. Stop, alert.
    #[error(
        "l’API rejette la requête{}{}{}",
        Suffix(" : ", code.as_deref()),
        Suffix(" sur ", subject.as_deref()),
        Suffix(" – ", message.as_deref())
    )]
    Rejected {
        /// `extensions.code` (`undefinedField`…), when there is one.
        code: Option<String>,
        /// What it is about: `Type.field`, or the path.
        subject: Option<String>,
        /// The text, when it is one that the server is known to give.
        message: Option<String>,
    },
    /// The server no longer has what this question cannot do without. Nothing was asked. Stop, or do without the answer.
    #[error("DS a retiré de son API ce dont cette lecture ne peut se passer : {missing}")]
    Outgrown {
        /// The parts of the schema, separated by commas.
        missing: String,
    },
    /// The server cannot read the cursor. Begin the walk again.
    #[error("l’API ne reconnaît pas le curseur de pagination")]
    BadCursor,
    /// The server sends elsewhere. Never followed: the token goes to the configured address only.
    #[error("redirection refusée (HTTP {status}{})", Suffix(", vers ", host.as_deref()))]
    Redirected {
        /// HTTP status.
        status: u16,
        /// The host that it names.
        host: Option<String>,
    },
    /// An answer that is none of those that the API gives.
    #[error("réponse illisible (HTTP {status} : {reason})")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What could not be read, never the content.
        reason: String,
    },
}

/// How access was refused (API facts, 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The token is missing, misspelt or revoked. There is no 401 for that.
    BadToken(TokenSource),
    /// The token is good, not from this network address.
    Network,
    /// The token has expired.
    Expired(TokenSource),
    /// The token is good, not for this démarche or dossier.
    OutOfScope(Target),
    /// Something on the way, or a reason that is not known.
    Other,
}

/// What the question was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A démarche.
    Procedure(ProcedureNumber),
    /// A dossier.
    Dossier(DossierNumber),
    /// The schema of the API.
    Schema,
}

/// What was too heavy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overrun {
    /// The server stopped after its 30 s (API facts, 2.4).
    Server,
    /// No complete answer within the time allowed here.
    Deadline,
    /// The answer is larger than what is accepted.
    Size,
    /// The server counts the question as too complex (API facts, 2.9).
    Complexity,
}

/// Why the API is out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No connection: name, network, or nobody listens. Why, in French.
    Connection(String),
    /// The server's certificate is refused.
    Certificate(CertificateFault),
    /// The connection was cut, or the body is shorter than announced.
    Interrupted,
    /// A server on the way answers in place of the API. HTTP status.
    Gateway(u16),
    /// A web page where JSON was expected.
    WebPage,
    /// DS says that it is under maintenance.
    Maintenance,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// It was valid until then.
    Expired(Option<Timestamp>),
    /// It is valid from then on.
    NotYetValid(Option<Timestamp>),
    /// It is another server's.
    OtherHost,
    /// Nobody trusted has signed it.
    UnknownAuthority,
    /// It was revoked.
    Revoked,
    /// Something else.
    Unusable,
}

/// What the caller does, without the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Stop; the operator mends the access.
    Refused,
    /// Stop, and do not ask again before the operator mended the proxy's name and password.
    ProxyAuth,
    /// Stop; somebody has to open the way: the proxy does not lead there, or a certificate is refused.
    Blocked,
    /// Known to nobody, or hidden.
    NotFound,
    /// Wait.
    RateLimited,
    /// Ask for less.
    Timeout,
    /// Ask for less; when there is no less, try later.
    Gateway,
    /// Try later.
    Temporary,
    /// Halve the page, then set the one dossier aside.
    ServerFault,
    /// Halve the page, then set the one dossier aside; trying again changes nothing.
    InvalidNull,
    /// Stop; the API has changed.
    Rejected,
    /// Do without the answer, or stop; the API has changed.
    Outgrown,
    /// Begin the walk again.
    BadCursor,
    /// Stop; the address has changed.
    Redirected,
    /// Stop; the address is wrong, or the API has changed.
    Unreadable,
}

/// The codes of a server that does not know a part of the question (API facts, 2.2).
pub(super) const SCHEMA_CODES: [&str; 6] = [
    "undefinedField",
    "undefinedType",
    "argumentNotAccepted",
    "missingRequiredArguments",
    "selectionMismatch",
    "cannotSpreadFragment",
];

impl ApiError {
    /// Whether the server does not know a part of the question: a smaller one may do.
    pub(super) fn is_about_the_schema(&self) -> bool {
        matches!(self, Self::Rejected { code: Some(code), .. } if SCHEMA_CODES.contains(&code.as_str()))
    }

    /// The same, of a token that comes from there: what an answer says of a token does not tell whence it came.
    pub(super) fn of_token(self, source: TokenSource) -> Self {
        match self {
            Self::Refused(Refusal::BadToken(_)) => Self::Refused(Refusal::BadToken(source)),
            Self::Refused(Refusal::Expired(_)) => Self::Refused(Refusal::Expired(source)),
            other => other,
        }
    }

    /// What the caller does about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) => ErrorKind::Refused,
            Self::ProxyAuth => ErrorKind::ProxyAuth,
            // What a proxy cannot do now it may do later; what it will not do, it will not.
            Self::ProxyRefused { status: 408 | 429 | 500..=599 } => ErrorKind::Temporary,
            Self::ProxyRefused { .. } | Self::Temporary(Cause::Certificate(_)) => ErrorKind::Blocked,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::RateLimited { .. } => ErrorKind::RateLimited,
            Self::Timeout(_) => ErrorKind::Timeout,
            // A server on the way gave up on this answer: it may have been too much (API facts, 2.4).
            Self::Temporary(Cause::Gateway(_)) => ErrorKind::Gateway,
            Self::Temporary(_) => ErrorKind::Temporary,
            Self::ServerFault { .. } => ErrorKind::ServerFault,
            Self::InvalidNull { .. } => ErrorKind::InvalidNull,
            Self::Rejected { .. } => ErrorKind::Rejected,
            Self::Outgrown { .. } => ErrorKind::Outgrown,
            Self::BadCursor => ErrorKind::BadCursor,
            Self::Redirected { .. } => ErrorKind::Redirected,
            Self::Unreadable { .. } => ErrorKind::Unreadable,
        }
    }

    /// What the operator can do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::ProxyAuth => {
                "corrigez api.proxy (http://nom:mot_de_passe@hôte:port) ; d’ici là rien n’est redemandé au mandataire, qui \
                 verrouillerait le compte"
            }
            Self::ProxyRefused { status: 500..=599 } => {
                "le mandataire (api.proxy) n’atteint pas DS : réessayez plus tard, ou voyez avec qui gère le réseau"
            }
            Self::ProxyRefused { .. } => {
                "demandez à qui gère le mandataire (api.proxy) d’ouvrir l’accès à l’adresse de l’API (api.url) et aux fichiers de DS"
            }
            Self::NotFound(Target::Procedure(_)) => {
                "vérifiez le numéro de la démarche, et qu’elle n’a pas été supprimée sur DS"
            }
            Self::NotFound(Target::Schema) => "vérifiez api.url",
            Self::NotFound(Target::Dossier(_)) => "le dossier est peut-être masqué, expiré ou supprimé sur DS",
            Self::RateLimited { .. } => {
                "un autre programme utilise peut-être le même jeton : donnez un jeton à chacun, ou réessayez dans une minute"
            }
            Self::Timeout(_) => "demandez des pages plus petites (api.page_size), ou augmentez api.timeout_s",
            Self::Temporary(Cause::Certificate(fault)) => fault.hint(),
            Self::Temporary(Cause::Connection(_)) => {
                "vérifiez le réseau, le serveur mandataire (api.proxy) et l’adresse de l’API (api.url)"
            }
            Self::Temporary(_) => "réessayez plus tard ; l’état de DS : https://status.demarche.numerique.gouv.fr",
            Self::ServerFault { .. } => {
                "si cela se répète, signalez l’incident au support de DS avec son identifiant et l’heure"
            }
            Self::InvalidNull { .. } => "signalez ce dossier au support de DS : la donnée manque chez eux",
            Self::Rejected { .. } => "l’API a sans doute changé : lancez « fitn check » et mettez le connecteur à jour",
            Self::Outgrown { .. } => {
                "mettez le connecteur à jour ; d’ici là, ce qui est enregistré reste tel quel (« fitn check » dit tout)"
            }
            Self::BadCursor => "relancez une synchronisation complète (« fitn sync --full »)",
            Self::Redirected { .. } => "l’API a peut-être changé d’adresse : vérifiez api.url",
            Self::Unreadable { .. } => {
                "vérifiez api.url (l’adresse finit par /api/v2/graphql) et le serveur mandataire"
            }
        }
    }
}

impl CertificateFault {
    /// What the operator can do, in French.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Expired(_) | Self::NotYetValid(_) => {
                "vérifiez la date de cette machine ; si elle est juste, prévenez le support de DS, ou qui gère le réseau si un \
                 équipement y contrôle les échanges"
            }
            Self::OtherHost => {
                "vérifiez l’adresse (api.url) et ce que le réseau interpose : serveur mandataire, équipement de contrôle"
            }
            Self::UnknownAuthority => {
                "si le réseau passe par un équipement de contrôle, indiquez son autorité de certification (api.ca_file)"
            }
            Self::Revoked | Self::Unusable => {
                "prévenez le support de DS, ou qui gère le réseau si un équipement y contrôle les échanges"
            }
        }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(Some(until)) => write!(f, "il a expiré le {}", french_instant(*until)),
            Self::Expired(None) => f.write_str("il a expiré"),
            Self::NotYetValid(Some(from)) => write!(f, "il ne vaut qu’à partir du {}", french_instant(*from)),
            Self::NotYetValid(None) => f.write_str("il ne vaut pas encore"),
            Self::OtherHost => f.write_str("il est celui d’un autre serveur"),
            Self::UnknownAuthority => f.write_str("l’autorité qui l’a signé est inconnue"),
            Self::Revoked => f.write_str("il a été révoqué"),
            Self::Unusable => f.write_str("il est inutilisable"),
        }
    }
}

impl Refusal {
    const fn hint(self) -> &'static str {
        match self {
            Self::BadToken(TokenSource::Credential) | Self::Expired(TokenSource::Credential) => {
                "renouvelez le jeton dans le profil DS et dans le justificatif systemd « api-token », puis « systemctl restart fitn » : \
                 le service ne reçoit son jeton qu’à son démarrage"
            }
            Self::BadToken(TokenSource::Variable) | Self::Expired(TokenSource::Variable) => {
                "renouvelez le jeton dans le profil DS et dans la variable FITN_API_TOKEN, là où elle est donnée, puis relancez \
                 (« systemctl restart fitn » pour le service, qui ne la reçoit qu’à son démarrage)"
            }
            Self::BadToken(TokenSource::File) => {
                "vérifiez le jeton : incomplet, mal copié ou révoqué ; recréez-le au besoin dans le profil DS"
            }
            Self::Network => "ajoutez l’adresse de ce serveur aux réseaux autorisés du jeton, dans le profil DS",
            Self::Expired(TokenSource::File) => "créez un nouveau jeton dans le profil DS",
            Self::OutOfScope(_) => {
                "ajoutez la démarche aux droits du jeton, et vérifiez que son propriétaire en est encore administrateur"
            }
            Self::Other => "vérifiez les droits du jeton, puis le serveur mandataire et le pare-feu",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadToken(_) => f.write_str("jeton inconnu"),
            Self::Network => f.write_str("l’adresse de ce serveur n’est pas autorisée pour ce jeton"),
            Self::Expired(_) => f.write_str("jeton expiré"),
            Self::OutOfScope(target) => write!(f, "le jeton ne donne pas accès à : {target}"),
            Self::Other => f.write_str("interdit"),
        }
    }
}

impl Target {
    /// Whether its number is one that the API can be asked for: `Int` has 32 bits, and numbers begin at 1.
    pub(super) fn is_askable(self) -> bool {
        match self {
            Self::Procedure(number) | Self::Dossier(number) => i32::try_from(number).is_ok_and(|number| number > 0),
            Self::Schema => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Procedure(number) => write!(f, "démarche {number}"),
            Self::Dossier(number) => write!(f, "dossier {number}"),
            Self::Schema => f.write_str("schéma de l’API"),
        }
    }
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "l’API a interrompu la requête, trop longue pour elle",
            Self::Deadline => "pas de réponse complète de l’API dans le temps imparti",
            Self::Size => "la réponse de l’API est trop volumineuse",
            Self::Complexity => "l’API juge la requête trop complexe",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(detail) => write!(f, "connexion impossible ({detail})"),
            Self::Certificate(fault) => write!(f, "certificat du serveur refusé ({fault})"),
            Self::Interrupted => f.write_str("connexion coupée avant la fin de la réponse"),
            Self::Gateway(status) => write!(f, "service indisponible (HTTP {status})"),
            Self::WebPage => f.write_str("une page web à la place des données"),
            Self::Maintenance => f.write_str("DS est en maintenance"),
        }
    }
}

/// A part of a message that is there only when it has something to say.
struct Suffix<'a>(&'a str, Option<&'a str>);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.map_or(Ok(()), |text| write!(f, "{}{text}", self.0))
    }
}
