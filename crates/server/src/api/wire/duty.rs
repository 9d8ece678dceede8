//! Who answers for an object or a place: the chain of responsibility, rosters, and tests whether posts answer.

use helan_base::{Mask, roster::Span};
use helan_kernel::registry::Post;
use helan_store::desk::{CallDown, Shift};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{BaseHit, Text};

/// Where.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DutyPoint {
    /// Longitude on WGS-84, degrees.
    pub lon: f64,
    /// Latitude on WGS-84, degrees.
    pub lat: f64,
}

/// Something that is missing in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DutyDefect {
    /// `post`, `deputy`, `sector`, `area` or `enterprise`.
    pub link: &'static str,
    /// `none` (nobody is named), `unknown` (a post that is not registered is named), `vacant` (nobody fills it), `no-phone`,
    /// `gap` (the roster has nobody now) or `overlap` (the roster has several now).
    pub code: &'static str,
}

/// A post in a chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyLink {
    /// Key of the post.
    pub post: String,
    /// Name of the post.
    pub name: String,
    /// Role of the post.
    pub role: String,
    /// Area of the post.
    pub area: u32,
    /// Who fills it now; empty when nobody. Blurred for those who may not see people.
    pub person: String,
    /// Telephone; may be empty. Blurred for those who may not see people.
    pub phone: String,
    /// Whether that follows from a roster.
    pub roster: bool,
    /// Until when, ms UTC; null without a roster.
    pub until: Option<i64>,
    /// Who else the roster names now: a defect.
    pub also: Vec<String>,
}

impl DutyLink {
    /// As it is shown; `holders` are those of the roster now, when the post has one. Notes what is missing.
    #[must_use]
    pub fn of(
        post: &Post,
        holders: Option<Vec<Shift>>,
        private: bool,
        link: &'static str,
        defects: &mut Vec<DutyDefect>,
    ) -> Self {
        let mut defect = |code| defects.push(DutyDefect { link, code });
        let roster = holders.is_some();
        let (person, phone, until, also) = match holders {
            None => (post.person.clone(), post.phone.clone(), None, Vec::new()),
            Some(holders) => {
                let mut holders = holders.into_iter();
                match holders.next() {
                    None => {
                        defect("gap");
                        (String::new(), String::new(), None, Vec::new())
                    }
                    Some(now) => {
                        let also: Vec<String> = holders.map(|other| other.person).collect();
                        if !also.is_empty() {
                            defect("overlap");
                        }
                        (now.person, now.phone, Some(now.span.until.0), also)
                    }
                }
            }
        };
        if person.is_empty() && !roster {
            defect("vacant");
        } else if phone.is_empty() && !person.is_empty() {
            defect("no-phone");
        }
        let name = |name: &str| if private { name.to_owned() } else { Mask::Name.blur(name) };
        Self {
            post: post.key.clone(),
            name: post.name.clone(),
            role: post.role.clone(),
            area: post.area.0,
            person: name(&person),
            phone: if private { phone } else { Mask::Phone.blur(&phone) },
            roster,
            until,
            also: also.iter().map(|other| name(other)).collect(),
        }
    }
}

/// Who answers for an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyChain {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub object: String,
    /// Its area.
    pub area: u32,
    /// Name of the area; empty when not known.
    pub area_name: String,
    /// The duty post of the area.
    pub area_post: Option<DutyLink>,
    /// The sector; empty when its kind has none.
    pub sector: Text,
    /// The post of the department that supervises it.
    pub sector_post: Option<DutyLink>,
    /// The enterprise that it belongs to; empty when not known.
    pub enterprise: String,
    /// Contact at the object, as its record says; may be empty.
    pub contact: String,
    /// Telephone of the contact, or of the duty desk; may be empty.
    pub phone: String,
    /// The responsible post.
    pub post: Option<DutyLink>,
    /// The posts that stand in, in order.
    pub deputies: Vec<DutyLink>,
    /// What is missing.
    pub defects: Vec<DutyDefect>,
}

/// Who is responsible at a place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyPlace {
    /// The area.
    pub area: u32,
    /// Its name; empty when not known.
    pub area_name: String,
    /// Its duty post.
    pub area_post: Option<DutyLink>,
    /// The nearest objects, the nearest first.
    pub near: Vec<BaseHit>,
    /// Who answers for each of them.
    pub chains: Vec<DutyChain>,
    /// What is missing at the area itself.
    pub defects: Vec<DutyDefect>,
}

/// Which part of the roster.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RosterQuery {
    /// Only of posts in this area.
    pub area: Option<u32>,
    /// Only of this post.
    pub post: Option<String>,
    /// From this moment on, ms UTC; now when not given.
    pub from: Option<i64>,
    /// Up to this moment, ms UTC; a week later when not given; 92 days later at most.
    pub until: Option<i64>,
}

/// A shift to be written down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterOrder {
    /// Key of the post.
    pub post: String,
    /// Who holds it: 1 to 60 characters.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// The first moment, ms UTC.
    pub from: i64,
    /// The first moment after it, ms UTC; 92 days later at most.
    pub until: i64,
}

/// A time, ms UTC.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RosterSpan {
    /// The first moment.
    pub from: i64,
    /// The first moment after it.
    pub until: i64,
}

impl From<Span> for RosterSpan {
    fn from(span: Span) -> Self {
        Self { from: span.from.0, until: span.until.0 }
    }
}

/// A shift.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RosterShift {
    /// Its number.
    pub id: u64,
    /// Who.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// The first moment, ms UTC.
    pub from: i64,
    /// The first moment after it, ms UTC.
    pub until: i64,
}

impl RosterShift {
    /// As it is shown.
    #[must_use]
    pub fn of(shift: &Shift, private: bool) -> Self {
        let (person, phone) = (&shift.person, &shift.phone);
        Self {
            id: shift.id,
            person: if private { person.clone() } else { Mask::Name.blur(person) },
            phone: if private { phone.clone() } else { Mask::Phone.blur(phone) },
            from: shift.span.from.0,
            until: shift.span.until.0,
        }
    }
}

/// The roster of a post.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RosterPost {
    /// Key of the post.
    pub post: String,
    /// Name of the post; empty when it is no longer registered.
    pub name: String,
    /// Area of the post.
    pub area: u32,
    /// Its shifts in the window, by time.
    pub shifts: Vec<RosterShift>,
    /// Times of the window in which nobody holds it.
    pub gaps: Vec<RosterSpan>,
    /// Times of the window in which several hold it.
    pub overlaps: Vec<RosterSpan>,
}

/// A test whether posts answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallDownOrder {
    /// Name for people: 1 to 100 characters.
    pub name: String,
    /// The area whose posts are called.
    pub area: u32,
    /// Keys of the posts; empty: all posts of the area.
    #[serde(default)]
    pub posts: Vec<String>,
    /// Within how many minutes an answer counts as in time: 1 to 60.
    pub minutes: u32,
}

/// A test, in the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallDownItem {
    /// Number of the drill's incident.
    pub incident: u64,
    /// Name.
    pub name: String,
    /// Area.
    pub area: u32,
    /// When it began, ms UTC.
    pub at: i64,
    /// Within how many minutes an answer counts as in time.
    pub minutes: i64,
    /// Account that started it.
    pub by: String,
    /// How many posts were called.
    pub posts: u64,
    /// When it ended, ms UTC; null while it runs.
    pub ended: Option<i64>,
}

impl From<&CallDown> for CallDownItem {
    fn from(test: &CallDown) -> Self {
        Self {
            incident: test.incident,
            name: test.name.clone(),
            area: test.area.0,
            at: test.at.0,
            minutes: test.within.0 / 60_000,
            by: test.by.clone(),
            posts: test.posts,
            ended: test.ended.map(|at| at.0),
        }
    }
}

/// How posts answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallDownCounts {
    /// Answered in time.
    pub in_time: u64,
    /// Answered too late.
    pub late: u64,
    /// Did not answer.
    pub not_reached: u64,
    /// May still answer in time.
    pub waiting: u64,
}

/// How the posts of a level answered.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CallDownLevel {
    /// `region`, `city`, `county` or `township`.
    pub level: &'static str,
    /// How they answered.
    pub counts: CallDownCounts,
}

/// How a post answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallDownPost {
    /// Number of the notice, to answer it for the post.
    pub notice: u64,
    /// Key of the post; empty when it is no longer registered.
    pub post: String,
    /// Name of the post, with who fills it.
    pub name: String,
    /// Area of the post.
    pub area: u32,
    /// `in-time`, `late`, `not-reached` or `waiting`.
    pub state: &'static str,
    /// When it answered, ms UTC; null when it did not.
    pub answered: Option<i64>,
    /// Who answered for it; empty when it did not.
    pub by: String,
}

/// How a test went, or goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallDownReport {
    /// The test.
    pub test: CallDownItem,
    /// How all answered.
    pub counts: CallDownCounts,
    /// How they answered level by level.
    pub levels: Vec<CallDownLevel>,
    /// The posts.
    pub posts: Vec<CallDownPost>,
}
