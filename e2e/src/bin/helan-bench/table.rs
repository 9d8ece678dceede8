//! The table: one row for each figure, ours beside the peers', with the target.

/// One row.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What is wanted, in words.
    pub target: String,
    /// Our figure, in words.
    pub ours: String,
    /// The peers' figures of the same run, in words.
    pub beside: String,
    /// Whether the target is met; none where there is nothing to meet.
    pub met: Option<bool>,
}

/// The table as Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | target | Helan | measured beside it | met |\n|---|---|---|---|---|\n",
    );
    for row in rows {
        let met = match row.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        let cells = [&*row.what, &*row.target, &*row.ours, &*row.beside, met];
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

/// A number with thin groups of three digits.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
