//! Composite conditions in CEL, cut down to what can be checked before a rule goes into use: numbers, comparisons and
//! truth values over `value`, `points.<name>`, `room.<name>` and `has(…)`. No loops, no strings, no functions: an expression
//! ends in bounded time and gives the same on every machine. A name with a hyphen is written `points["co-1"]`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cel::{
    Context, Value,
    common::ast::{CallExpr, Expr, LiteralValue},
    parser::{Expression, PrattParser},
};

use super::{Within, condition::Sight};
use crate::{PointId, Quality, Reading, registry::Device};

/// Deepest nesting of an expression: deeper than a person writes, and far from the end of any stack.
const MAX_DEPTH: u16 = 48;

/// An expression that was read and checked.
#[derive(Debug)]
pub(super) struct Formula {
    tree: Expression,
    /// Points of the same device that it names.
    points: BTreeSet<String>,
    /// Points that it names of any device of the room.
    room: BTreeSet<String>,
}

/// What a part of an expression gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    Truth,
}

impl Formula {
    /// Reads an expression; none when it cannot be read or does not give a truth value.
    pub fn new(cel: &str) -> Option<Self> {
        // The crate's other parser needs 150 KiB of stack for each pair of brackets in a debug build.
        let mut tree = PrattParser::default().max_recursion_depth(MAX_DEPTH).parse(cel).ok()?;
        let mut names = Names::default();
        let sort = names.check(&mut tree.expr, MAX_DEPTH)?;
        let Names { points, room } = names;
        (sort == Sort::Truth).then_some(Self { tree, points, room })
    }

    /// Points of the same device that it names.
    pub fn points(&self) -> impl Iterator<Item = &str> {
        self.points.iter().map(String::as_str)
    }

    /// Whether it holds; none when a value that it needs is missing.
    pub fn holds(&self, sight: &Sight<'_>, reading: &Reading) -> Option<bool> {
        let map = |values: BTreeMap<&str, Reading>| -> Value {
            let values = values.into_iter().map(|(name, r)| (name.to_owned(), r.value));
            values.collect::<HashMap<String, f64>>().into()
        };
        let mut context = Context::empty();
        context.add_variable_from_value("value", reading.value);
        context.add_variable_from_value("points", map(self.of_device(sight, reading)));
        context.add_variable_from_value("room", map(self.of_room(sight, reading)));
        match Value::resolve(&self.tree, &context) {
            Ok(Value::Bool(holds)) => Some(holds),
            Ok(_) | Err(_) => None,
        }
    }

    /// The readings that it looked at.
    pub fn readings(&self, sight: &Sight<'_>, reading: &Reading) -> Vec<Reading> {
        let mut list = vec![*reading];
        list.extend(self.of_device(sight, reading).into_values());
        list.extend(self.of_room(sight, reading).into_values());
        list.sort_by_key(|r| (r.point, r.at));
        list.dedup_by_key(|r| r.point);
        list
    }

    fn of_device(&self, sight: &Sight<'_>, reading: &Reading) -> BTreeMap<&str, Reading> {
        let device = sight.registry.device_of(reading.point);
        let value = |name: &String| latest(sight, device?, name);
        self.points.iter().filter_map(|name| Some((name.as_str(), value(name)?))).collect()
    }

    /// The largest value of each name among the devices of the room.
    fn of_room(&self, sight: &Sight<'_>, reading: &Reading) -> BTreeMap<&str, Reading> {
        let Some(own) = sight.registry.device_of(reading.point) else { return BTreeMap::new() };
        let largest = |name: &String| {
            sight
                .registry
                .devices_around(own, Within::Room)
                .filter(|device| sight.same_side(own, device))
                .filter_map(|device| latest(sight, device, name))
                .reduce(|a, b| if b.value > a.value { b } else { a })
        };
        self.room.iter().filter_map(|name| Some((name.as_str(), largest(name)?))).collect()
    }
}

/// The newest good value of a device's point.
fn latest(sight: &Sight<'_>, device: &Device, name: &str) -> Option<Reading> {
    let point: PointId = sight.registry.point(device, name)?;
    let latest = sight.points.get(point.index())?.latest?;
    let quality = latest.quality;
    (quality == Quality::Good).then_some(Reading {
        point,
        at: latest.at,
        value: latest.value,
        quality,
    })
}

/// The names met while an expression is checked.
#[derive(Default)]
struct Names {
    points: BTreeSet<String>,
    room: BTreeSet<String>,
}

impl Names {
    /// What an expression gives; none when it has a part that is not allowed. Whole numbers become decimal ones on the way:
    /// CEL does not mix the two, and people write `value > 2 * points.temp`.
    fn check(&mut self, expr: &mut Expr, depth: u16) -> Option<Sort> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Literal(literal) => check_literal(literal),
            Expr::Ident(name) => (name == "value").then_some(Sort::Number),
            Expr::Select(select) => {
                let Expr::Ident(place) = &select.operand.expr else { return None };
                self.note(place, &select.field)?;
                Some(if select.test { Sort::Truth } else { Sort::Number })
            }
            Expr::Call(call) => self.check_call(call, depth),
            Expr::Unspecified
            | Expr::Comprehension(_)
            | Expr::List(_)
            | Expr::Map(_)
            | Expr::Struct(_) => None,
        }
    }

    fn check_call(&mut self, call: &mut CallExpr, depth: u16) -> Option<Sort> {
        use Sort::{Number, Truth};
        if call.target.is_some() {
            return None;
        }
        if call.func_name == "_[_]" {
            return match &call.args[..] {
                [
                    Expression { expr: Expr::Ident(place), .. },
                    Expression { expr: Expr::Literal(LiteralValue::String(name)), .. },
                ] => self.note(place, name.inner()),
                _ => None,
            };
        }
        let mut sorts = Vec::with_capacity(call.args.len());
        for arg in &mut call.args {
            sorts.push(self.check(&mut arg.expr, depth)?);
        }
        match (call.func_name.as_str(), &sorts[..]) {
            ("_+_" | "_-_" | "_*_" | "_/_", [Number, Number]) | ("-_", [Number]) => Some(Number),
            ("_<_" | "_<=_" | "_>_" | "_>=_" | "_==_" | "_!=_", [Number, Number])
            | ("_&&_" | "_||_" | "_==_" | "_!=_", [Truth, Truth])
            | ("!_", [Truth]) => Some(Truth),
            ("_?_:_", [Truth, a, b]) if a == b => Some(*a),
            _ => None,
        }
    }

    fn note(&mut self, place: &str, name: &str) -> Option<Sort> {
        let names = match place {
            "points" => &mut self.points,
            "room" => &mut self.room,
            _ => return None,
        };
        names.insert(name.to_owned());
        Some(Sort::Number)
    }
}

fn check_literal(literal: &mut LiteralValue) -> Option<Sort> {
    #[expect(clippy::cast_precision_loss, reason = "limits lie far below 2^53")]
    let whole = match &*literal {
        LiteralValue::Boolean(_) => return Some(Sort::Truth),
        LiteralValue::Double(_) => return Some(Sort::Number),
        LiteralValue::Int(i) => *i.inner() as f64,
        LiteralValue::UInt(i) => *i.inner() as f64,
        LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::String(_) => return None,
    };
    *literal = LiteralValue::Double(whole.into());
    Some(Sort::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_checked_is_refused() {
        let check = |cel: &str, expected: bool| {
            assert_eq!(Formula::new(cel).is_some(), expected, "{cel}");
        };
        check("value > 10", true);
        check("value > 10 && points.temp + 2 >= 3.5 * value", true);
        check("has(points.temp) && points.temp > 60 || room.ch4 > 10u", true);
        check("points['co-1'] > 1 ? !(value < -2) : true", true);
        check("(value > 1) == (points.x > 1)", true);
        check("", false);
        check("value", false);
        check("value >", false);
        check("value > 'a'", false);
        check("value + 1", false);
        check("value && true", false);
        check("unknown > 1", false);
        check("points.a.b > 1", false);
        check("points > 1", false);
        check("size('abc') > 1", false);
        check("[1, 2].exists(x, x > 1)", false);
        check("points.exists(x, true)", false);
        check("value > 1 ? 1 : true", false);
        check("{'a': 1}.a > 1", false);
        check("duration('1s') > duration('2s')", false);
        check("value % 2 == 0", false);
        check("\u{0}\u{7f}", false);
    }

    #[test]
    fn deep_expressions_are_refused_and_not_fatal() {
        let refused = |cel: String| {
            assert!(cel.len() <= 1000, "{}", cel.len());
            assert!(Formula::new(&cel).is_none(), "{cel}");
        };
        refused(format!("{}value > 1{}", "!(".repeat(300), ")".repeat(300)));
        refused(format!("{}value", "(".repeat(900)));
        // Signs in a row cancel each other out.
        assert!(Formula::new(&format!("{}true", "!".repeat(990))).is_some());
        assert!(Formula::new(&format!("value > {}1", "-".repeat(990))).is_some());
        refused(format!("value > {}1", "1+".repeat(490)));
        refused(format!("{}true", "true?true:".repeat(98)));
        refused("[".repeat(1000));
        refused(format!("value{} > 1", ".a".repeat(490)));
        refused(format!("has({}", "points.".repeat(140)));
    }

    #[test]
    fn wide_expressions_are_fine() {
        let cel = format!("value > 1{}", " && value > 1".repeat(70));
        assert!(Formula::new(&cel).is_some());
    }
}
