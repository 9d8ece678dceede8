//! Helpers of the end-to-end tests and of the bench: the built binaries as child processes, and a client of the console's
//! API. Nothing here knows the insides of the server; it sees what any user sees.
//!
//! Start reading at [`Platform::start`].

mod api;
mod need;
mod process;

pub use api::{Api, http_client};
pub use need::{has, wanted};
pub use process::{Platform, Process, Setup, binary, free_port, root};
