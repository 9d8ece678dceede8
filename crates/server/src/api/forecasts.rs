//! Forecasts that were made, and how good each model is.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State};
use helan_hazard::{
    HazardError,
    verify::{
        FEWEST, FEWEST_EVENTS, Standing,
        areas::{self, Laid},
        events::{Chance, Counts, brier},
        figures::{Pair, errors, score},
    },
};
use helan_store::{
    StoreError,
    desk::{
        Form, Judged, Unjudged,
        observed::{GROUND, GROUND_PLACE, GroundPair},
    },
};

use super::{
    Api,
    error::ApiError,
    extract::{Query, cursor, page_size},
    wire::{Forecast, ForecastQuery, Forecasts, GroundJudged, ModelScore},
};
use crate::access::Caller;

/// Pairs that a score is made of: the newest of each model.
const PAIRS: usize = 10_000;
/// From this chance on it is a warning.
const WARNS: f64 = 0.5;

/// Forecasts, newest first, with the score of each model against saying that all stays as it is.
#[utoipa::path(get, path = "/forecasts", tag = "danger", params(ForecastQuery),
    responses((status = 200, body = Forecasts)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ForecastQuery>,
) -> Result<Reply<Forecasts>, ApiError> {
    let limit = page_size(query.limit);
    let before = cursor(query.after.as_deref())?;
    let drill = query.drill.unwrap_or(false);
    let (area, desk) = (caller.area, api.desk.clone());
    let (items, scores) = super::blocking(move || {
        let mut items = Vec::new();
        for forecast in desk.forecasts(area, before, limit)? {
            let mut told = Forecast::from(&forecast);
            if forecast.what == GROUND {
                let pairs = desk.ground_pairs_of(forecast.id)?;
                told.ground = pairs.iter().map(GroundJudged::from).collect();
            }
            items.push(told);
        }
        let (mut judged, left) = (desk.judged(area, drill, PAIRS)?, desk.unjudged(area, drill)?);
        let ground = desk.ground_judged(area, drill, PAIRS)?;
        judged.extend(ground.iter().filter(|pair| pair.place).map(at_place));
        let mut all = scores(judged, &left);
        all.extend(outlines(&ground, &desk.ground_unjudged(area, drill)?));
        Ok::<_, StoreError>((items, all))
    })
    .await??;
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.id.to_string());
    Ok(Reply(Forecasts { items, scores, fewest: FEWEST, fewest_events: FEWEST_EVENTS, next }))
}

/// One score for each model and thing that it foretells; also where nothing could be judged yet.
fn scores(judged: Vec<Judged>, left: &[Unjudged]) -> Vec<ModelScore> {
    let mut groups: BTreeMap<(String, String), Vec<Judged>> = BTreeMap::new();
    for left in left {
        groups.insert((left.model.clone(), left.what.clone()), Vec::new());
    }
    for judged in judged {
        groups.entry((judged.model.clone(), judged.what.clone())).or_default().push(judged);
    }
    let of = |((model, what), pairs): (&(String, String), &Vec<Judged>)| {
        let left = left.iter().find(|left| (&left.model, &left.what) == (model, what));
        let (open, void) = left.map_or((0, 0), |left| (left.open, left.void));
        let blank = ModelScore {
            model: model.clone(),
            what: what.clone(),
            open,
            void,
            ..ModelScore::default()
        };
        match scored(pairs, blank.clone()) {
            Ok(score) => score,
            Err(error) => {
                tracing::warn!(model, what, %error, "forecasts cannot be judged");
                blank
            }
        }
    };
    groups.iter().map(of).collect()
}

fn scored(pairs: &[Judged], mut told: ModelScore) -> Result<ModelScore, HazardError> {
    let Some(first) = pairs.first() else { return Ok(told) };
    let pair = |one: &Judged, before: f64| match one.form {
        Form::Direction => Pair::of_directions(one.foretold, one.came, before),
        Form::Figure | Form::Chance | Form::Outline => {
            Pair { foretold: one.foretold, came: one.came, before }
        }
    };
    let all: Vec<(f64, f64)> = pairs
        .iter()
        .map(|one| pair(one, one.foretold))
        .map(|pair| (pair.foretold, pair.came))
        .collect();
    let off = errors(&all)?;
    told.form = first.form.word();
    told.unit.clone_from(&first.unit);
    told.pairs = all.len();
    (told.mae, told.rmse, told.bias) = (Some(off.mae), Some(off.rmse), Some(off.bias));
    // Only those that can be compared say whether the model is worth more.
    let known = pairs.iter().filter(|one| !one.against.is_empty());
    let compared: Vec<(&Judged, f64)> = known.filter_map(|one| Some((one, one.before?))).collect();
    told.compared = compared.len();
    told.score = Some(off.rmse);
    if first.form == Form::Chance {
        told.score = Some(off.rmse * off.rmse);
        let warned: Vec<(bool, bool)> =
            pairs.iter().map(|one| (one.foretold >= WARNS, one.came >= WARNS)).collect();
        told.count(&Counts::of(&warned));
    }
    let Some((one, _)) = compared.first() else {
        if pairs.iter().all(|one| one.against.is_empty()) {
            told.standing = "no-reference";
        }
        return Ok(told);
    };
    told.against.clone_from(&one.against);
    let standing = if first.form == Form::Chance {
        let chance = |(one, before): &(&Judged, f64)| Chance {
            foretold: one.foretold,
            came: one.came >= WARNS,
            before: *before >= WARNS,
        };
        let brier = brier(&compared.iter().map(chance).collect::<Vec<_>>())?;
        (told.reference, told.skill) = (Some(brier.stayed), brier.skill);
        told.score = Some(brier.score);
        brier.standing
    } else {
        let score = score(&compared.iter().map(|(one, b)| pair(one, *b)).collect::<Vec<_>>())?;
        (told.reference, told.skill) = (Some(score.stayed_rmse), score.skill);
        told.score = Some(score.rmse);
        score.standing
    };
    told.standing = word(standing);
    Ok(told)
}

/// Ground at a single place: a chance of 1 or 0.
fn at_place(pair: &GroundPair) -> Judged {
    Judged {
        model: pair.model.clone(),
        what: GROUND_PLACE.to_owned(),
        unit: "1".to_owned(),
        form: Form::Chance,
        against: against(pair),
        foretold: pair.foretold,
        came: pair.came,
        before: pair.reference.map(|(_, before)| before),
    }
}

/// What ground is compared with: nothing where nothing was seen before.
fn against(pair: &GroundPair) -> String {
    pair.reference.map_or(String::new(), |_| "persistence".to_owned())
}

/// One score for the outlines of each model; also where nobody saw anything yet.
fn outlines(ground: &[GroundPair], left: &[Unjudged]) -> Vec<ModelScore> {
    let mut models: BTreeMap<&str, Vec<&GroundPair>> = BTreeMap::new();
    for left in left {
        models.insert(&left.model, Vec::new());
    }
    for pair in ground.iter().filter(|pair| !pair.place) {
        models.entry(&pair.model).or_default().push(pair);
    }
    let of = |(model, pairs): (&&str, &Vec<&GroundPair>)| {
        let open = left.iter().find(|left| left.model == **model).map_or(0, |left| left.open);
        let blank = ModelScore {
            model: (**model).to_owned(),
            what: GROUND.to_owned(),
            form: Form::Outline.word(),
            unit: "1".to_owned(),
            open,
            ..ModelScore::default()
        };
        laid(pairs, blank.clone()).unwrap_or_else(|error| {
            tracing::warn!(model, %error, "ground cannot be judged");
            blank
        })
    };
    models.iter().map(of).collect()
}

fn laid(pairs: &[&GroundPair], mut told: ModelScore) -> Result<ModelScore, HazardError> {
    if pairs.is_empty() {
        return Ok(told);
    }
    let laid = |pair: &&GroundPair, stayed: f64| Laid { foretold: pair.foretold, stayed };
    let all: Vec<Laid> = pairs.iter().map(|pair| laid(pair, pair.foretold)).collect();
    told.pairs = all.len();
    told.score = Some(areas::score(&all)?.iou);
    told.missed = mean(pairs.iter().filter_map(|pair| pair.missed));
    told.in_vain = mean(pairs.iter().filter_map(|pair| pair.in_vain));
    let known = pairs.iter().filter_map(|pair| Some(laid(pair, pair.reference?.1)));
    let compared: Vec<Laid> = known.collect();
    told.compared = compared.len();
    told.standing = "no-reference";
    if compared.is_empty() {
        return Ok(told);
    }
    let score = areas::score(&compared)?;
    told.against = "persistence".to_owned();
    (told.score, told.reference, told.skill) = (Some(score.iou), Some(score.stayed), score.skill);
    told.standing = word(score.standing);
    Ok(told)
}

/// The mean; none of nothing.
fn mean(shares: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = shares.fold((0.0, 0.0), |(sum, count), share| (sum + share, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::TooFew => "too-few",
        Standing::Holds => "holds",
        Standing::Worse => "worse",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(form: Form, foretold: f64, came: f64, before: Option<f64>) -> Judged {
        let against = if before.is_some() { "persistence" } else { "" };
        Judged {
            model: "m".into(),
            what: "w".into(),
            unit: "1".into(),
            form,
            against: against.into(),
            foretold,
            came,
            before,
        }
    }

    fn near(value: Option<f64>, expected: f64) {
        assert!(value.is_some_and(|v| (v - expected).abs() < 1e-9), "{value:?} {expected}");
    }

    #[test]
    fn warnings_worse_than_persistence_are_marked() {
        // 24 pairs: 6 hits, 12 false alarms, 2 misses, 4 quiet. Persistence errs in the 8 that came: none was so before.
        let of = |count, foretold, came| {
            std::iter::repeat_n(judged(Form::Chance, foretold, came, Some(0.0)), count)
        };
        let all =
            of(6, 1.0, 1.0).chain(of(12, 1.0, 0.0)).chain(of(2, 0.0, 1.0)).chain(of(4, 0.0, 0.0));
        let told = scores(all.collect(), &[]);
        let [score] = &told[..] else { panic!("{told:?}") };
        assert_eq!((score.hits, score.false_alarms), (Some(6), Some(12)));
        assert_eq!((score.misses, score.quiet), (Some(2), Some(4)));
        near(score.score, 14.0 / 24.0);
        near(score.reference, 8.0 / 24.0);
        near(score.skill, 1.0 - 14.0 / 8.0);
        // 2 (6·4 − 12·2) / ((6 + 2)(2 + 4) + (6 + 12)(12 + 4)) = 0: as good as by lot.
        near(score.heidke, 0.0);
        assert_eq!(score.standing, "worse");
    }

    #[test]
    fn what_cannot_be_compared_tells_its_errors_alone() {
        let alone = |foretold, came| judged(Form::Direction, foretold, came, None);
        let told = scores(vec![alone(350.0, 10.0), alone(20.0, 10.0)], &[]);
        near(told[0].mae, 15.0);
        near(told[0].bias, -5.0);
        near(told[0].score, 250.0_f64.sqrt());
        assert_eq!((told[0].standing, told[0].reference), ("no-reference", None));
        // Of three figures one can be compared: the score is of that one, the errors are of all.
        let figure = |foretold, came, before| judged(Form::Figure, foretold, came, before);
        let some =
            vec![figure(1.0, 2.0, Some(4.0)), figure(1.0, 4.0, None), figure(1.0, 6.0, None)];
        let left = Unjudged { model: "m".into(), what: "w".into(), open: 3, void: 1 };
        let other = Unjudged { model: "n".into(), ..left.clone() };
        let told = scores(some, &[left, other]);
        assert_eq!((told[0].pairs, told[0].compared, told[0].open, told[0].void), (3, 1, 3, 1));
        near(told[0].mae, 3.0);
        near(told[0].score, 1.0);
        near(told[0].reference, 2.0);
        near(told[0].skill, 0.75);
        assert_eq!(told[0].standing, "too-few");
        assert_eq!((&*told[1].model, told[1].pairs, told[1].standing), ("n", 0, "too-few"));
    }

    fn lies(overlap: f64, stayed: Option<f64>) -> GroundPair {
        GroundPair {
            forecast: 1,
            model: "wildfire".into(),
            version: 1,
            made: helan_kernel::Ms(0),
            observed: 1,
            after_s: Some(3_600.0),
            place: false,
            foretold: overlap,
            came: 1.0,
            missed: Some(0.25),
            in_vain: Some(0.5),
            reference: stayed.map(|stayed| (2, stayed)),
        }
    }

    #[test]
    fn outlines_worse_than_what_stays_are_marked_when_there_are_enough() {
        let left =
            Unjudged { model: "quake-intensity".into(), what: GROUND.into(), open: 2, void: 0 };
        let told = |pairs: &[GroundPair]| {
            let mut told = outlines(pairs, std::slice::from_ref(&left));
            assert_eq!((told[0].open, told[0].pairs, told[0].standing), (2, 0, "too-few"));
            told.pop().unwrap()
        };
        let alone = told(&[lies(0.5, None)]);
        assert_eq!((alone.standing, alone.reference), ("no-reference", None));
        near(alone.score, 0.5);
        near(alone.missed, 0.25);
        near(alone.in_vain, 0.5);
        let many = |overlap, stayed, count| vec![lies(overlap, Some(stayed)); count];
        assert_eq!(told(&many(0.5, 0.75, FEWEST - 1)).standing, "too-few");
        let worse = told(&many(0.5, 0.75, FEWEST));
        assert_eq!((worse.standing, worse.compared, &*worse.against), ("worse", 20, "persistence"));
        near(worse.skill, -1.0);
        near(worse.reference, 0.75);
        assert_eq!(told(&many(0.75, 0.5, FEWEST)).standing, "holds");
        // Of those with no reference the overlap is told, and nothing is marked by it.
        let mut some = many(0.75, 0.5, FEWEST);
        some.push(lies(0.0, None));
        assert_eq!((told(&some).standing, told(&some).pairs), ("holds", FEWEST + 1));
        near(told(&some).score, 0.75);
    }

    #[test]
    fn places_are_judged_as_chances() {
        let place = |foretold, came, before: Option<f64>| GroundPair {
            place: true,
            foretold,
            came,
            missed: None,
            in_vain: None,
            reference: before.map(|before| (2, before)),
            ..lies(0.0, None)
        };
        let pairs = [
            place(1.0, 1.0, None),
            place(0.0, 1.0, Some(1.0)),
            place(1.0, 0.0, Some(0.0)),
            place(0.0, 0.0, Some(0.0)),
        ];
        let told = scores(pairs.iter().map(at_place).collect(), &[]);
        let [score] = &told[..] else { panic!("{told:?}") };
        assert_eq!((&*score.what, score.pairs, score.compared), (GROUND_PLACE, 4, 3));
        assert_eq!((score.hits, score.misses), (Some(1), Some(1)));
        assert_eq!((score.false_alarms, score.quiet), (Some(1), Some(1)));
        near(score.score, 2.0 / 3.0);
        near(score.reference, 0.0);
        assert_eq!((score.standing, &*score.against), ("too-few", "persistence"));
        let alone = scores(vec![at_place(&place(1.0, 1.0, None))], &[]);
        assert_eq!(alone[0].standing, "no-reference");
    }
}
