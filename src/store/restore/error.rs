//! Why a file is not restored, and what the operator does about it.

use std::io;
use std::path::PathBuf;

use super::super::StoreError;
use crate::domain::text::grouped;
use crate::files::refusal_in_french;

/// Bytes of a mebibyte.
const MEBIBYTE: u64 = 1 << 20;
/// What to do about a disk that is full.
const MAKE_ROOM: &str = "faites de la place sur le disque de la base : celle qui est remplacée y reste à côté, et ce qui a été effacé depuis \
                         s’efface de nouveau dans la copie ; puis relancez la restauration depuis le début";

/// A restoration that was not done: the present database is as it was. Messages are French and name the file.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("le fichier {} : {}", file.display(), refusal_in_french(source))]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else has the name.
    #[error("{} n’est pas un fichier", file.display())]
    NoFile {
        /// What it is called.
        file: PathBuf,
    },
    /// It is the database.
    #[error("{} est la base en place", file.display())]
    Itself {
        /// The file.
        file: PathBuf,
    },
    /// Its journal lies beside it.
    #[error("{} n’est pas une copie achevée : un journal de SQLite l’accompagne", file.display())]
    Unfinished {
        /// The file.
        file: PathBuf,
    },
    /// Made by a newer version.
    #[error("{} vient d’une version plus récente de fitn (schéma {found}, celle-ci connaît {known})", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest schema of this program.
        known: usize,
    },
    /// Something else.
    #[error("{} n’est pas une sauvegarde de fitn", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// Of another préfecture.
    #[error("{} est la sauvegarde d’un autre connecteur", file.display())]
    OtherConnector {
        /// The file.
        file: PathBuf,
    },
    /// The database in place is none of that history.
    #[error(
        "la base en place {} a été commencée à neuf, ou est celle d’un autre connecteur : elle n’a rien de ce que la sauvegarde {} a lu",
        database.display(),
        file.display()
    )]
    Begun {
        /// The copy.
        file: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// What lies beside the place of the database is of another préfecture.
    #[error("le fichier {} est celui d’un autre connecteur que la sauvegarde {}", lines.display(), file.display())]
    OtherLines {
        /// The copy.
        file: PathBuf,
        /// What lies there.
        lines: PathBuf,
    },
    /// What lies beside the database, or beside a copy, does not tell what was erased.
    #[error(
        "le fichier {} devrait dire ce qui a été effacé, et ne le dit pas : {problem} ; sans lui, des personnes effacées \
         reviendraient",
        file.display()
    )]
    Tombstones {
        /// The file.
        file: PathBuf,
        /// What is wrong, in French.
        problem: String,
    },
    /// What lies beside it is no SHA-256.
    #[error("l’empreinte {} ne peut pas être lue : {}", file.display(), match source.kind() {
        io::ErrorKind::InvalidData => "ce n’est pas ce que « sha256sum » écrit".to_owned(),
        io::ErrorKind::InvalidInput => "ce n’est pas un fichier".to_owned(),
        _ => refusal_in_french(source),
    })]
    Checksum {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk is too small.
    #[error(
        "le disque de {} n’a pas la place de la base à restaurer : il faut {} Mio, il en reste {}",
        directory.display(),
        grouped(needed.div_ceil(MEBIBYTE)),
        grouped(free / MEBIBYTE)
    )]
    NoRoom {
        /// Where it was to be.
        directory: PathBuf,
        /// In bytes.
        needed: u64,
        /// In bytes.
        free: u64,
    },
    /// Damaged or torn.
    #[error("{} est abîmé, il n’est pas restauré : {problem}", file.display())]
    Unsound {
        /// The file.
        file: PathBuf,
        /// What is wrong, in French.
        problem: String,
    },
}

impl RestoreError {
    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Served { .. }) => {
                "arrêtez d’abord le service (« systemctl stop fitn »), puis relancez"
            }
            Self::Store(StoreError::Damaged { .. } | StoreError::NotADatabase { .. })
            | Self::Unsound { .. }
            | Self::Foreign { .. } => {
                "donnez une autre sauvegarde, de celles que « fitn backup » ou le service a faites"
            }
            Self::NoRoom { .. } => MAKE_ROOM,
            Self::Store(error) if error.is_of_the_disk() => MAKE_ROOM,
            Self::File { source, .. } if super::super::error::is_full(source) => MAKE_ROOM,
            Self::Store(error) => error.hint(),
            Self::File { .. } | Self::NoFile { .. } => "vérifiez le chemin, les droits et la place, puis relancez",
            Self::Itself { .. } => "donnez une sauvegarde ; « fitn backup » en fait",
            Self::Unfinished { .. } => {
                "une base ne se copie pas avec « cp » pendant que le service tourne : donnez une sauvegarde faite par « fitn backup »"
            }
            Self::Tombstones { .. } => {
                "remettez le fichier « .effacements » le plus récent que vous ayez, à côté de la base ou de la sauvegarde ; s’il n’y en a \
                 plus, déplacez celui-ci : la reprise dit alors ce qui ne peut pas être su"
            }
            Self::Checksum { .. } => {
                "remettez le fichier « .sha256 » fait avec la sauvegarde ; sans lui, déplacez celui-ci : elle est alors reprise sans que ses \
                 octets puissent être comparés"
            }
            Self::Newer { .. } => "installez la version de fitn qui l’a faite, ou une plus récente",
            Self::Begun { .. } => {
                "si elle a été commencée avant la reprise, déplacez-la avec tout ce qui l’accompagne (« fitn.sqlite* »), remettez à sa \
                 place les journaux « .envois » et « .effacements » de la base perdue s’ils ont survécu, puis relancez"
            }
            Self::OtherLines { .. } => {
                "remettez à sa place celui de la base perdue ; s’il n’y en a plus, déplacez celui-ci : la reprise dit alors ce qui ne peut \
                 pas être su"
            }
            Self::OtherConnector { .. } => {
                "vérifiez --config et le nom du fichier ; si c’est voulu, déplacez d’abord la base en place et ce qui l’accompagne"
            }
        }
    }

    /// Whether what was given is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::File { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Store(_)
            | Self::Unsound { .. }
            | Self::Tombstones { .. }
            | Self::Checksum { .. }
            | Self::NoRoom { .. } => false,
            _ => true,
        }
    }
}
