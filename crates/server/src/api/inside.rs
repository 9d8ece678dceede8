//! Who and what is inside a danger area.

use axum::{Json as Reply, extract::State};
use geo::{Geometry, MultiPolygon};
use helan_base::{
    RecordId,
    inside::{InsideError, Level, Origin},
};
use helan_exchange::shape_of_json;
use helan_kernel::{Ms, Position};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::Json,
    notices::sees_people,
    wire::{InsideOrder, InsideReport},
};
use crate::{
    access::Caller,
    inside::{Ask, AskError, inside},
};

/// Who and what is inside a danger area: people by hour and source, who needs help, facilities, what would make it worse. Of the
/// caller's area only; private persons and homes are told to those only who may see people.
#[utoipa::path(post, path = "/danger/inside", tag = "danger", request_body = InsideOrder,
    responses((status = 200, body = InsideReport), (status = 422, body = ErrorBody)))]
pub async fn ask(
    State(api): State<Api>,
    caller: Caller,
    Json(order): Json<InsideOrder>,
) -> Result<Reply<InsideReport>, ApiError> {
    let sees_people = sees_people(&caller, false);
    let levels = order.levels.into_iter().map(|level| {
        let ground = ground(level.geometry)?;
        Ok(Level { key: level.key, ground })
    });
    let levels = levels.collect::<Result<_, ApiError>>()?;
    let origin = match order.origin {
        Some(at) => {
            let at = Position::from(at).known().ok_or(Code::OutOfRange)?;
            Some(Origin { at, record: order.origin_object.map(RecordId) })
        }
        None => None,
    };
    let ask =
        Ask { levels, at: order.at.map(Ms), area: caller.area, sees_people, origin, forces: true };
    let answer = inside(&api, ask).await?;
    Ok(Reply(InsideReport::of(&api, &answer, sees_people)))
}

fn ground(geometry: serde_json::Value) -> Result<MultiPolygon, ApiError> {
    let shape = shape_of_json(geometry)
        .map_err(|error| ApiError::with_detail(Code::Invalid, error.to_string()))?;
    match shape {
        Geometry::Polygon(polygon) => Ok(MultiPolygon::new(vec![polygon])),
        Geometry::MultiPolygon(polygons) => Ok(polygons),
        _ => Err(Code::OutOfRange.into()),
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Stopping => Code::Unavailable.into(),
            AskError::Area(InsideError::Corners) => Code::TooLarge.into(),
            AskError::Area(error) => Self::with_detail(Code::OutOfRange, error.to_string()),
        }
    }
}
