//! Major hazard sources: R = α·Σ(β·q/Q), GB 18218-2018, 4.3.

use helan_kernel::Text;

use super::{Around, Draft, From, Given, Input, Known, Neighbour, SourceTable, short};
use crate::{Method, number, people_of};

/// Neighbours that an explanation names; all are counted.
const NAMED: usize = 50;

impl Draft<'_> {
    pub(super) fn source(
        &mut self,
        method: &Method,
        given: Given<'_>,
        around: &Around<'_>,
        table: &Option<SourceTable>,
    ) {
        let Method::RValue { unit, people, .. } = method else { return };
        self.judged.formula = Text::new("R = α × Σ(β × q ÷ Q)", "R = α × Σ(β × q ÷ Q)");
        let Some(table) = table else { return self.no_table() };
        self.words(given, unit, "");
        if around.unit.is_empty() {
            return self
                .warn("同一单元的记录过多".into(), "too many records belong to the unit".into());
        }
        let mut sum = 0.0;
        let mut whole = true;
        let mut terms = Vec::with_capacity(around.unit.len());
        for member in &around.unit {
            match self.term(method, *member, table) {
                Some((term, words)) => {
                    sum += term;
                    terms.push(words);
                }
                None => whole = false,
            }
        }
        let Some((alpha, sure)) = self.alpha(people, around, table) else { return };
        let r = alpha * sum;
        // What is missing can only make R larger: the highest grade stands all the same.
        let highest = table.grades.first().is_some_and(|grade| r >= grade.from);
        let known = whole && sure;
        if !highest && !known {
            self.warn(
                format!("R 至少为 {}，输入不全，不予定级", short(r)),
                format!("R is {} at least; it is not graded while inputs are missing", short(r)),
            );
            return;
        }
        let words = format!("R = {} × ({}) = {}", short(alpha), terms.join(" + "), short(r));
        self.judged.formula = Text { zh: words.clone(), en: words };
        let Some(grade) = table.grade(r) else { return };
        self.judged.grade.clone_from(&grade.grade);
        self.judged.colour = grade.colour;
        self.judged.value = Some(r);
        let name = Text::new("定级下限", "R from which the grade is");
        self.table("grade", name, grade.from, "", (&table.source, table.sure));
    }

    /// β·q/Q of one record, with its words.
    fn term(
        &mut self,
        method: &Method,
        of: Given<'_>,
        table: &SourceTable,
    ) -> Option<(f64, String)> {
        let Method::RValue { substance, quantity, critical, beta, .. } = method else {
            return None;
        };
        let key = of.record.key.clone();
        let name = self.words(of, substance, &key).unwrap_or_default();
        let q = self.number(of, quantity, &key);
        let listed = table.substance(&name);
        let mut figure = |column: &str, word: &str, listed: Option<(f64, &str, bool)>, unit| {
            let own = number(self.value(of, column));
            match (own, listed) {
                (None, Some((figure, source, sure))) => {
                    let words = format!("{key} {word}");
                    let name = Text { zh: words.clone(), en: words };
                    self.table(&format!("{key}.{column}"), name, figure, unit, (source, sure));
                    Some(figure)
                }
                _ => self.number(of, column, &key),
            }
        };
        let listed_q = listed.map(|s| (s.critical, s.source.as_str(), s.sure));
        let listed_beta = listed.map(|s| (s.beta, s.source.as_str(), s.sure));
        let critical = figure(critical, "Q", listed_q, "t");
        let beta = figure(beta, "β", listed_beta, "");
        let (q, critical, beta) = (q?, critical.filter(|critical| *critical > 0.0)?, beta?);
        let words = format!("{} × {} ÷ {}", short(beta), short(q), short(critical));
        Some((beta * q / critical, words))
    }

    /// α, and whether it can no longer grow: the larger of the residents that somebody counted and those of the objects around.
    fn alpha(
        &mut self,
        people: &str,
        around: &Around<'_>,
        table: &SourceTable,
    ) -> Option<(f64, bool)> {
        let mut typed: Option<f64> = None;
        for member in &around.unit {
            if let Some(own) = number(self.value(*member, people)) {
                let key = member.record.key.clone();
                self.number(*member, people, &key);
                typed = Some(typed.map_or(own, |most| most.max(own)));
            }
        }
        let counted = around.neighbours.iter().map(|n| (&*n.kind, &*n.group, n.people));
        let counted = people_of(counted);
        for near in around.neighbours.iter().take(NAMED) {
            self.neighbour(near);
        }
        let dark = around.neighbours.iter().filter(|n| n.people.is_none()).count();
        if dark > 0 {
            self.warn(
                format!("周边 {dark} 处人数不明"),
                format!("how many people are in {dark} objects around is not known"),
            );
        }
        let metres = short(table.radius);
        let found = !around.neighbours.is_empty();
        if typed.is_none() && !found {
            self.warn(
                format!("缺周边 {metres} 米常住人数"),
                format!("residents within {metres} m are not known"),
            );
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let typed_people = typed.map_or(0, |t| t.clamp(0.0, f64::from(u32::MAX)) as u64);
        let most = u32::try_from(counted.max(typed_people)).unwrap_or(u32::MAX);
        if typed.is_some() && counted > typed_people {
            self.warn(
                format!("登记人数 {typed_people} 少于周边对象人数 {counted}，取多者"),
                format!("{counted} people are in the objects around, more than the {typed_people} on record: the larger counts"),
            );
        }
        let name = Text {
            zh: format!("周边 {metres} 米常住人数"),
            en: format!("residents within {metres} m"),
        };
        self.judged.inputs.push(Input {
            key: "people".into(),
            name,
            value: Known::Number(f64::from(most)),
            unit: String::new(),
            from: From::Sum,
        });
        let alpha = table.alpha(most)?;
        self.table("alpha", Text::new("α", "α"), alpha, "", (&table.source, table.sure));
        let top = table.alpha.first().is_some_and(|step| most >= step.people);
        Some((alpha, top || typed.is_some() || dark == 0))
    }

    fn neighbour(&mut self, near: &Neighbour) {
        let people = near.people.map_or(Known::Missing, |people| Known::Number(f64::from(people)));
        self.judged.inputs.push(Input {
            key: format!("near.{}.{}", near.kind, near.key),
            name: Text { zh: near.name.clone(), en: near.name.clone() },
            value: people,
            unit: String::new(),
            from: From::Neighbour {
                kind: near.kind.clone(),
                key: near.key.clone(),
                area: near.area,
                metres: near.metres,
            },
        });
    }
}
