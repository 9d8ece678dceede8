//! The page of an incident for the public, as the console shows it.

use serde::Serialize;
use utoipa::ToSchema;

/// How the public reaches the page of an incident. All null while there is no warning.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PublicPage {
    /// Six signs; null when the incident has no warning.
    pub public_code: Option<String>,
    /// The same as it is read out.
    pub spoken: Option<String>,
    /// Whether the public sees it: the channel is open and it is no drill.
    pub public: bool,
    /// `active`, `expired`, `clear` or `closed`.
    pub state: Option<&'static str>,
    /// Its address.
    pub url: Option<String>,
    /// QR code of the address as SVG.
    pub qr: Option<String>,
    /// Address of its guidance card, with the QR code of the page.
    pub card: Option<String>,
}
