//! From facts to a decision: response level, options, and a plan whose every line says where it comes from.
//!
//! [`Facts`] is all that is known of an incident, each value with its source and time. What follows from it is data of packs
//! ([`Library`]): rules of the response level ([`judge`], [`Standing`]), options ([`options`]) and lines of the plan
//! ([`generate`]). People edit a plan ([`Working`]) and issue it ([`Working::issue`]); [`diff`] says what is other than before,
//! and which fact made it so.
//!
//! Pure and synchronous: no files, no clock, no randomness, no language model. The same facts give the same plan.
//!
//! **Protective action first** (promise 1): whoever is in danger is told to leave or to shelter in the first lines of every plan,
//! no condition can take these lines away, and no option that puts people in danger is recommended before the others are out.
//! Start reading at [`Facts`], then [`generate`].

mod condition;
mod diff;
mod edit;
mod facts;
mod generate;
mod issue;
mod keys;
mod level;
mod line;
mod options;
mod pack;
pub mod print;
mod row;
mod scope;
mod template;
mod text;

pub use condition::{Condition, Truth};
pub use diff::{Changed, Diff, FactChange, LineChange, Part, diff};
pub use edit::{
    Change, Conflict, Content, Edit, EditError, MAX_EDITS, MAX_TEXT_CHARS, Shown, Working,
};
pub use facts::{
    Decided, Fact, Facts, Fire, Flood, Harm, Incident, Listed, Quake, Release, Sheltering, Source,
    SourceKind, Substance, Weather, Wind,
};
pub use generate::generate;
pub use issue::{IssueError, Version};
pub use keys::{KEYS, Key, LISTS, ListKey};
pub use level::{Because, Judgement, Level, Open, Proposal, Standing, judge};
pub use line::{ClauseRef, Deadline, Line, Missing, Plan, Section};
pub use options::{
    Against, Choice, LeftOut, MAX_CHOICES, OptionKind, OptionRule, Options, options,
};
pub use pack::{Clause, EVERY_KIND, Head, LevelRule, Library, LineRule, PackError, PlanPack};
pub use row::{
    Advice, Block, ClosedRoad, Control, ControlState, Facility, FacilityKind, Force, Item,
    PeopleIn, Row, Secondary, Zone,
};
pub use scope::{Found, Scope, Trace, Used, Value};
pub use template::{ScriptError, Template, Words};
pub use text::{Lang, Ms, Text};
