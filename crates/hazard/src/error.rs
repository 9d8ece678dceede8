//! Why a model does not answer.

/// Why a model does not answer. What can be answered on the safe side is answered, with a [`crate::Warning`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HazardError {
    /// An input that the model cannot do without is missing.
    #[error("input {field} is missing")]
    Missing {
        /// Name of the input.
        field: String,
    },
    /// No such input.
    #[error("the model has no input {field}")]
    Surplus {
        /// Name of the input.
        field: String,
    },
    /// Not a finite number, or outside what the model can take.
    #[error("input {field} is {value}, must be within {min} to {max} {unit}")]
    Range {
        /// Name of the input.
        field: String,
        /// The value given.
        value: f64,
        /// Smallest that is taken.
        min: f64,
        /// Largest that is taken.
        max: f64,
        /// Unit.
        unit: String,
    },
    /// A word that is none of those known.
    #[error("input {field} is {value:?}, must be one of {choices}")]
    Choice {
        /// Name of the input.
        field: String,
        /// The word given.
        value: String,
        /// Those known, with commas.
        choices: String,
    },
    /// A number where a word is expected, a list where a number is…
    #[error("input {field} must be {expected}")]
    Type {
        /// Name of the input.
        field: String,
        /// What is expected: a number, a word, a list of numbers.
        expected: &'static str,
    },
    /// No such substance.
    #[error("unknown substance {name:?}")]
    Substance {
        /// The name given.
        name: String,
    },
    /// No such model.
    #[error("unknown model {name:?}")]
    Model {
        /// The name given.
        name: String,
    },
    /// The inputs do not go together.
    #[error("inputs do not go together: {why}")]
    Together {
        /// What is wrong.
        why: String,
    },
}
