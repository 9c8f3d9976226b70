//! The check of each value: what is wrong, then what to write, on two lines that the error message takes apart.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use croner::parser::{CronParser, Seconds};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;
use url::{Host, Url};

use super::{Listen, MailTls};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::erasure::{Keep, Keepable};
use crate::domain::mailbox::Mailbox;
use crate::domain::message::MessageKind;
use crate::domain::programme::Programme;
use crate::domain::text::{QUOTED, shortened};
use crate::territory;

/// The longest delay accepted, in seconds: a day.
const LONGEST: i64 = 86_400;

/// The largest size of a file accepted, in bytes: 1 Tio.
const LARGEST: i64 = 1 << 40;

/// What DS allows a token (API facts, 2.8).
const MOST_REQUESTS_PER_MINUTE: u32 = 400;

/// The same of a server on this very machine, which is a stand-in: as many as it can answer.
const MOST_REQUESTS_HERE: u32 = 1_000_000;

/// Refuses a value: what is wrong, what to write.
fn refuse<E: Error>(problem: impl Display, mend: impl Display) -> E {
    E::custom(format_args!("{problem}\n{mend}"))
}

fn between<'de, D: Deserializer<'de>>(input: D, least: i64, most: i64) -> Result<i64, D::Error> {
    let number = i64::deserialize(input)?;
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(not_between(number, least, most))
}

fn not_between<E: Error>(number: i64, least: i64, most: i64) -> E {
    refuse(format_args!("{number} n’est pas admis"), format_args!("écrivez un nombre de {least} à {most}"))
}

pub(super) fn endpoint<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    let mend = "écrivez l’adresse complète de l’API, comme https://demarche.numerique.gouv.fr/api/v2/graphql";
    let url = Url::parse(&text).map_err(|_| refuse("ce n’est pas une adresse", mend))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("l’adresse contient un nom ou un mot de passe", mend));
    }
    match url.scheme() {
        "https" => Ok(text),
        "http" if is_loopback(&url) => Ok(text),
        "http" => Err(refuse(
            "le jeton circulerait en clair",
            "écrivez https:// (http:// ne vaut que pour la machine elle-même)",
        )),
        _ => Err(refuse("ce n’est pas une adresse web", mend)),
    }
}

/// Whether an address can only be this machine's.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The most requests a minute that may be asked of a server.
pub(super) fn most_requests(address: &str) -> u32 {
    if Url::parse(address).is_ok_and(|url| is_loopback(&url)) { MOST_REQUESTS_HERE } else { MOST_REQUESTS_PER_MINUTE }
}

pub(super) fn requests_per_minute<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let number = i64::deserialize(input)?;
    let admitted = u32::try_from(number).ok().filter(|number| (1..=MOST_REQUESTS_HERE).contains(number));
    admitted.ok_or_else(|| not_between(number, 1, MOST_REQUESTS_PER_MINUTE.into()))
}

pub(super) fn page_size<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    between(input, 1, 100).and_then(|size| u32::try_from(size).map_err(D::Error::custom))
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    between(input, 1, LONGEST).map(|seconds| Duration::from_secs(seconds.unsigned_abs()))
}

/// Up to a month.
pub(super) fn hours<'de, D: Deserializer<'de>>(input: D) -> Result<SignedDuration, D::Error> {
    between(input, 1, 744).map(SignedDuration::from_hours)
}

/// Up to ten years.
pub(super) fn days<'de, D: Deserializer<'de>>(input: D) -> Result<SignedDuration, D::Error> {
    between(input, 0, 3_650).map(|days| SignedDuration::from_hours(days * 24))
}

pub(super) fn keep<'de, D: Deserializer<'de>>(input: D) -> Result<Keep, D::Error> {
    let words = Vec::<String>::deserialize(input)?;
    let kept = words.iter().map(|word| word.parse::<Keepable>()).collect::<Result<Vec<_>, _>>().map_err(|word| {
        let known: Vec<&str> = Keepable::all().map(Keepable::code).collect();
        refuse(
            format_args!("« {word} » n’est pas de ce qui peut être gardé d’un dossier effacé"),
            format_args!("choisissez parmi {}", known.join(", ")),
        )
    })?;
    Ok(Keep::of(kept))
}

pub(super) fn bytes<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
    between(input, 1, LARGEST).map(i64::unsigned_abs)
}

/// Of a file or a directory.
pub(super) fn path<'de, D: Deserializer<'de>>(input: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(input)?;
    if text.trim().is_empty() {
        return Err(refuse(
            "le chemin est vide",
            "écrivez-le, ou retirez cette ligne : sa valeur d’origine vaut alors",
        ));
    }
    Ok(PathBuf::from(text))
}

/// The same, of one that may be left out.
pub(super) fn some_path<'de, D: Deserializer<'de>>(input: D) -> Result<Option<PathBuf>, D::Error> {
    path(input).map(Some)
}

/// In bytes.
pub(super) fn mebibytes<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
    between(input, 0, LARGEST).map(|number| number.unsigned_abs() << 20)
}

/// As an address has them: in small letters, numbers in full, without a dot at the end.
pub(super) fn hosts<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeSet<String>, D::Error> {
    let texts = Vec::<String>::deserialize(input)?;
    texts
        .iter()
        .map(|text| {
            host(text).ok_or_else(|| {
                refuse(
                    format_args!("« {} » n’est pas le nom d’un hôte", shortened(text, QUOTED)),
                    "écrivez son nom entier, sans https://, port, chemin ni *, comme \"fichiers.prefecture.intra\", ou son \
                     adresse IP",
                )
            })
        })
        .collect()
}

fn host(text: &str) -> Option<String> {
    let is_bare = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    // Only addresses of version 6 have colons, and stand between brackets.
    let bracketed = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
    let url = is_bare.then(|| Url::parse(&format!("https://{bracketed}/")).ok()).flatten()?;
    match url.host()? {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            (!name.is_empty()).then(|| name.to_owned())
        }
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// GraphQL numbers have 32 bits.
pub(super) fn procedure_number<'de, D: Deserializer<'de>>(input: D) -> Result<ProcedureNumber, D::Error> {
    between(input, 1, i64::from(i32::MAX))
}

/// What cuts an address short, or means something else there, and how it is written in a name or a password.
const ENCODED: [(char, &str); 7] =
    [('#', "%23"), ('\\', "%5C"), ('/', "%2F"), ('?', "%3F"), ('@', "%40"), (' ', "%20"), ('%', "%25")];

/// The address is never shown: it may hold a password.
pub(super) fn proxy<'de, D: Deserializer<'de>>(input: D) -> Result<Option<SecretString>, D::Error> {
    let text = String::deserialize(input)?;
    let mend = "écrivez-la comme http://proxy:3128, ou http://nom:mot_de_passe@proxy:3128";
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(refuse("ce n’est pas l’adresse d’un mandataire", mend));
    };
    // All that people write before the last @ is their name and password, whatever an address makes of it.
    let (credentials, place) = rest.rsplit_once('@').map_or((None, rest), |(before, after)| (Some(before), after));
    if let Some((character, encoded)) = credentials.and_then(unencoded) {
        return Err(refuse(
            format_args!(
                "le nom ou le mot de passe du mandataire contient « {character} », qui a un autre sens dans une adresse"
            ),
            format_args!("écrivez {encoded} à la place (de même, {})", all_but(character)),
        ));
    }
    let place = place.strip_suffix('/').unwrap_or(place);
    if let Some((character, encoded)) = ENCODED.iter().find(|(character, _)| place.contains(*character)) {
        return Err(refuse(
            format_args!("l’adresse du mandataire contient « {character} » : elle n’a ni chemin ni rien après le port"),
            format_args!("{mend} ; dans un nom ou un mot de passe, écrivez {encoded} pour « {character} »"),
        ));
    }
    let is_proxy = matches!(scheme, "http" | "https") && Url::parse(&text).is_ok_and(|url| url.has_host());
    if !is_proxy {
        return Err(refuse("ce n’est pas l’adresse d’un mandataire", mend));
    }
    Ok(Some(SecretString::from(text)))
}

/// The first character of a name and password that an address takes for something else. A `%` begins two digits.
fn unencoded(credentials: &str) -> Option<(char, &'static str)> {
    let is_wrong = |at: usize, character: char| match character {
        '%' => {
            let digits = credentials.as_bytes().get(at + 1..at + 3);
            !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        _ => true,
    };
    credentials.char_indices().find_map(|(at, character)| {
        let known = ENCODED.iter().find(|(refused, _)| *refused == character)?;
        is_wrong(at, character).then_some(*known)
    })
}

/// How the other characters are written.
fn all_but(told: char) -> String {
    let others = ENCODED.iter().filter(|(character, _)| *character != told && *character != ' ');
    others.map(|(character, encoded)| format!("{encoded} pour « {character} »")).collect::<Vec<_>>().join(", ")
}

pub(super) fn day<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Date>, D::Error> {
    let refused = || refuse("ce n’est pas un jour", "écrivez un jour sans heure ni guillemets : 2027-03-01");
    match Datetime::deserialize(input)? {
        Datetime { date: Some(day), time: None, offset: None } => {
            day.to_string().parse().map(Some).map_err(|_| refused())
        }
        _ => Err(refused()),
    }
}

pub(super) fn region<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let code = String::deserialize(input)?;
    if territory::departements().any(|departement| departement.region == code) {
        return Ok(code);
    }
    Err(refuse(
        format_args!("« {code} » n’est pas le code d’une région"),
        "écrivez le code INSEE de la région entre guillemets : \"11\" pour l’Île-de-France",
    ))
}

pub(super) fn departements<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(input)
}

pub(super) fn programme<'de, D: Deserializer<'de>>(input: D) -> Result<Programme, D::Error> {
    let code = String::deserialize(input)?;
    code.parse().map_err(|_| {
        refuse(
            format_args!("« {code} » n’est pas un programme"),
            format_args!("choisissez parmi {}", Programme::codes()),
        )
    })
}

pub(super) fn timezone<'de, D: Deserializer<'de>>(input: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(input)?;
    TimeZone::get(&name).map_err(|_| {
        refuse(format_args!("« {name} » n’est pas un fuseau horaire"), "écrivez son nom, comme \"Europe/Paris\"")
    })
}

/// Another address than this machine's would show to others what nobody has to say who they are for.
pub(super) fn listen<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Listen>, D::Error> {
    let text = String::deserialize(input)?;
    let mend = "écrivez une adresse de cette machine et un port, comme \"127.0.0.1:8080\", ou le chemin absolu d’un socket Unix, \
                comme \"/run/fitn/console.sock\"";
    if text.starts_with('/') && !text.ends_with('/') {
        return Ok(Some(Listen::Socket(PathBuf::from(text))));
    }
    match text.replacen("localhost:", "127.0.0.1:", 1).parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(Some(Listen::Address(address))),
        Ok(_) => Err(refuse(
            format_args!(
                "« {text} » serait ouvert à d’autres machines, et cette version ne demande pas qui se connecte"
            ),
            mend,
        )),
        Err(_) => Err(refuse(format_args!("« {} » n’est pas une adresse", shortened(&text, QUOTED)), mend)),
    }
}

/// The service looks once a minute what is due: no schedule can be finer.
pub(super) fn cron<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    let parsed = CronParser::builder().seconds(Seconds::Required).build().parse(&text).ok();
    let fields: Vec<&str> = text.split_whitespace().collect();
    let Some(parsed) = parsed.filter(|_| fields.len() == 6) else {
        return Err(refuse(
            format_args!("« {text} » n’est pas un horaire cron à six champs"),
            "écrivez seconde, minute, heure, jour du mois, mois, jour de la semaine : \"0 30 4 * * Sun\"",
        ));
    };
    if fields.first().and_then(|seconds| seconds.parse::<u8>().ok()) != Some(0) {
        return Err(refuse(
            format_args!(
                "« {text} » : les secondes (premier champ) doivent être 0, le service ne regarde qu’une fois par minute"
            ),
            "écrivez 0 pour les secondes, le premier champ : \"0 */15 6-21 * * *\"",
        ));
    }
    // Leap years are eight years apart at most.
    if parsed.find_next_occurrence(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC), false).is_err() {
        return Err(refuse(
            format_args!("« {text} » : ce jour n’existe dans aucun mois"),
            "corrigez le jour (quatrième champ) ou le mois (cinquième) : \"0 0 5 1 * *\"",
        ));
    }
    Ok(text)
}

/// The name of a server, or its IP address.
pub(super) fn host_name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    host(&text).ok_or_else(|| {
        refuse(
            format_args!("« {} » n’est pas le nom d’un serveur", shortened(&text, QUOTED)),
            "écrivez son nom entier, sans port ni chemin : \"smtp.example.gouv.fr\"",
        )
    })
}

/// Whether a host can only be this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn port<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u16>, D::Error> {
    between(input, 1, 65_535).and_then(|port| u16::try_from(port).map(Some).map_err(D::Error::custom))
}

pub(super) fn tls<'de, D: Deserializer<'de>>(input: D) -> Result<MailTls, D::Error> {
    match String::deserialize(input)?.as_str() {
        "starttls" => Ok(MailTls::StartTls),
        "tls" => Ok(MailTls::Wrapped),
        "none" => Ok(MailTls::None),
        other => Err(refuse(
            format_args!("« {other} » n’est pas une protection de la connexion"),
            "choisissez parmi \"starttls\", \"tls\", \"none\"",
        )),
    }
}

fn parsed_mailbox<E: Error>(text: &str) -> Result<Mailbox, E> {
    text.parse().map_err(|_| {
        refuse(
            format_args!("« {} » n’est pas une adresse de courriel", shortened(text, QUOTED)),
            "écrivez une adresse comme \"fitn@example.gouv.fr\", ou \"FITN <fitn@example.gouv.fr>\"",
        )
    })
}

pub(super) fn mailbox<'de, D: Deserializer<'de>>(input: D) -> Result<Mailbox, D::Error> {
    parsed_mailbox(&String::deserialize(input)?)
}

pub(super) fn maybe_mailbox<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Mailbox>, D::Error> {
    mailbox(input).map(Some)
}

pub(super) fn mailboxes<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Mailbox>, D::Error> {
    Vec::<String>::deserialize(input)?.iter().map(|text| parsed_mailbox(text)).collect()
}

pub(super) fn message_kind<'de, D: Deserializer<'de>>(input: D) -> Result<MessageKind, D::Error> {
    let code = String::deserialize(input)?;
    code.parse().map_err(|()| {
        let known = MessageKind::ALL.map(MessageKind::code).join(", ");
        let mend = format!("choisissez parmi {known}");
        refuse(format_args!("« {code} » n’est rien qui s’envoie"), mend)
    })
}

fn decimal<'de, D: Deserializer<'de>>(input: D, least: i64, most: i64, example: &str) -> Result<Decimal, D::Error> {
    let number = match toml::Value::deserialize(input)? {
        toml::Value::Integer(number) => Some(Decimal::from(number)),
        toml::Value::Float(number) => Decimal::try_from(number).ok(),
        _ => None,
    };
    number.filter(|number| (Decimal::from(least)..=Decimal::from(most)).contains(number)).ok_or_else(|| {
        refuse("ce nombre n’est pas admis", format_args!("écrivez un nombre de {least} à {most}, comme {example}"))
    })
}

/// From 0 to 1.
pub(super) fn share<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
    decimal(input, 0, 1, "0.3 pour 30 %")
}

/// How many times.
pub(super) fn factor<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
    decimal(input, 1, 1_000_000, "10")
}
