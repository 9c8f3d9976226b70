//! The control socket: a Unix socket beside the database through which commands ask the service. One question a connection, one
//! JSON value a line; what is asked and told are values of the program's own, which this file does not know.
//!
//! Only the account of the service may connect. A socket that a dead service left is replaced: who makes one holds the lock of the
//! service. A socket that nobody listens to is none.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::files::{Account, PRIVATE_FILE_MODE};
use crate::store::service_socket;

/// Where the service listens, as long as it lives.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Listens beside a database. The caller holds the lock of the service.
    ///
    /// # Errors
    /// What the system refuses: a directory that cannot be written, a path that is too long for a socket.
    pub fn bind(database: &Path) -> io::Result<Self> {
        let path = service_socket(database);
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.file_type().is_socket()) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Under a name of its own until nobody else can connect, then in the place of one that a dead service left.
        let made = path.with_extension(format!("{:08x}", fastrand::u32(..)));
        let listener = UnixListener::bind(&made)?;
        let placed = fs::set_permissions(&made, Permissions::from_mode(PRIVATE_FILE_MODE))
            .and_then(|()| fs::rename(&made, &path));
        if let Err(error) = placed {
            let _ = fs::remove_file(&made);
            return Err(error);
        }
        Ok(Self { listener, path })
    }

    /// The next who asks. Another account than the service's, root for one, is not listened to: what is made on its behalf would
    /// not be its own.
    ///
    /// # Errors
    /// What the system refuses.
    pub async fn accept(&self) -> io::Result<Talk> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            if stream.peer_cred().is_ok_and(|peer| Account::of(peer.uid()) == Account::own()) {
                return Ok(Talk::over(stream));
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.path);
    }
}

/// A connection, from either side.
#[derive(Debug)]
pub struct Talk(BufReader<UnixStream>);

impl Talk {
    fn over(stream: UnixStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// Connects to the service on a database; none where no service listens, or it is another account's.
    pub async fn with_service(database: &Path) -> Option<Self> {
        let path = service_socket(database);
        if Account::owner_of(&path) != Some(Account::own()) {
            return None;
        }
        UnixStream::connect(&path).await.ok().map(Self::over)
    }

    /// The process at the other end; none where the system does not tell.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.0.get_ref().peer_cred().ok()?.pid()?.try_into().ok()
    }

    /// Waits for a value; none once the other end has gone. A line may have so many bytes at most.
    ///
    /// # Errors
    /// What the system refuses; [`io::ErrorKind::InvalidData`] for what is no such value.
    pub async fn hear<T: DeserializeOwned>(&mut self, most: u64) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        (&mut self.0).take(most).read_until(b'\n', &mut line).await?;
        // A line without its end: it was killed while it told it.
        if !line.ends_with(b"\n") && (line.len() as u64) < most {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Tells a value.
    ///
    /// # Errors
    /// What the system refuses, the other end gone for one.
    pub async fn say<T: Serialize + Sync>(&mut self, value: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.0.write_all(&line).await?;
        self.0.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_a_dead_service_left_is_none_and_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        assert!(Talk::with_service(&database).await.is_none());
        let path = service_socket(&database);
        // Killed, a service takes nothing away.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists() && Talk::with_service(&database).await.is_none());
        let control = Control::bind(&database).unwrap();
        let found = fs::symlink_metadata(&path).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
        let (caller, attended) = tokio::join!(Talk::with_service(&database), control.accept());
        let (mut caller, mut attended) = (caller.unwrap(), attended.unwrap());
        assert_eq!(caller.pid(), Some(std::process::id()));
        caller.say(&vec!["é\n", ""]).await.unwrap();
        assert_eq!(attended.hear::<Vec<String>>(100).await.unwrap().unwrap(), ["é\n", ""]);
        attended.say(&1).await.unwrap();
        attended.say(&"no number").await.unwrap();
        drop(attended);
        assert_eq!(caller.hear::<u8>(100).await.unwrap(), Some(1));
        assert_eq!(caller.hear::<u8>(100).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(caller.hear::<u8>(100).await.unwrap(), None);
        drop(control);
        assert!(!path.exists(), "an orderly end leaves nothing behind");
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let control = Control::bind(&database).unwrap();
        let (caller, attended) = tokio::join!(Talk::with_service(&database), control.accept());
        caller.unwrap().say(&"x".repeat(100)).await.unwrap();
        let refused = attended.unwrap().hear::<String>(50).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
