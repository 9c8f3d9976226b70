//! What `fitn check` says of backups: whether one can be written where they go, whether it fits there, and how old the last one is.

use jiff::Timestamp;

use super::check::{Point, existing, writable};
use super::status_view::age;
use super::{Context, Failure, workplace};
use crate::config::Config;
use crate::daemon::late_backup;
use crate::desk::{BackupError, DeskError, Found, look};
use crate::domain::clock::shown_past;
use crate::domain::instant::french_instant;
use crate::files::{free_space, refusal_in_french};

pub fn point(config: &Config, context: &Context) -> Point {
    Point::new("sauvegardes", last(config, context), |last| {
        let said = last.as_ref().map_or_else(
            || "aucune encore (« fitn backup » en fait une)".to_owned(),
            |(at, now)| format!("la dernière est celle du {} ({})", french_instant(*at), age(now.duration_since(*at))),
        );
        format!("{} : {said}", config.backup_directory().display())
    })
}

/// When the last one was taken, and what time it is now.
fn last(config: &Config, context: &Context) -> Result<Option<(Timestamp, Timestamp)>, Failure> {
    let directory = config.backup_directory();
    writable(&directory).map_err(|error| {
        Failure::usage(format_args!("{} : {}", directory.display(), refusal_in_french(&error)))
            .hint("donnez au compte qui lance fitn le droit d’y écrire, ou corrigez [backup] directory")
    })?;
    // A database that is not there, or that only a command brings up to date, has nothing to say.
    if matches!(look(&config.database.path), Ok(Found::Nothing | Found::Older)) {
        return Ok(None);
    }
    let overview = workplace::stored_or_shown(config, context)?.overview()?;
    if let Ok(Some(free)) = free_space(existing(&directory))
        && free < overview.size_bytes
    {
        let error = DeskError::from(BackupError::NoRoom { directory, needed: overview.size_bytes, free });
        return Err(Failure::from(&error));
    }
    if let Some(late) = late_backup(&workplace::plans(config)?, &overview) {
        return Err(Failure::failed(late.message).hint(late.hint));
    }
    Ok(overview.backup.and_then(|last| Some((shown_past(last.at, overview.now)?, overview.now))))
}
