//! How messages leave: made out of a letter and its files, handed to a mail server, or put into a directory as files; and the
//! log of what was handed over.
//!
//! [`Letter::compose`] is pure. [`Post`] sends one message and says how that ended; what becomes of the message then, [`after`] says,
//! pure too. The room decides neither what is sent nor when, and makes no documents: `desk` does.
//!
//! One message a recipient: a server that refuses one address refuses the whole message. A message that was handed over without an
//! answer may have arrived; nothing can tell. It goes once more at most, under the same Message-ID, by which mail programs know it.
//! That it is being handed over is in the log beside the database, and in the database, before the server is given a byte of it.

mod course;
mod directory;
mod letter;
mod log;
mod post;
mod smtp;
mod trouble;

pub use course::{OTHER_CONTENT, Outcome, after, is_due, may_go_again, may_still_go, seen_in_log};
pub use letter::{Enclosure, Letter, message_id};
pub use log::{LogError, SENT, Seen, SendLog};
pub use post::{Post, Refusal, Tried};
pub use smtp::{PasswordSource, Smtp, Tls};
pub use trouble::Trouble;
