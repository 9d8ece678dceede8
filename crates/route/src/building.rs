//! Ways out of a building: rooms, doors, corridors and stairs of its dossier as a road graph, so that the same streams tell how long
//! it takes until everybody is out.
//!
//! Speeds and flows are those of the SFPE Handbook (Gwynne and Rosenbaum, Employing the Hydraulic Model in Assessing Emergency
//! Movement): speed k (1 − 0.266 D), flow D k (1 − 0.266 D) for each metre of effective width, greatest at D = 1.9 people/m².

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Access, Block, Closures, Edge, EdgeId, Evacuation, EvacuationPlan, GraphBuilder, Mode, Network,
    NodeId, RoadClass, RoadGraph, RouteError, Shelter, Spot, VehicleClass, Ways, evacuate,
    vehicle::rounded,
};

/// What leads from one room to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Passage {
    /// A door.
    Door,
    /// A corridor or ramp.
    Corridor,
    /// Stairs, with the height and the depth of a step, metres.
    Stairs {
        /// Height of a step, metres.
        riser_m: f64,
        /// Depth of a step, metres.
        tread_m: f64,
    },
}

/// A way between two rooms, in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Key of the door, corridor or stair.
    pub key: String,
    /// Number of one room.
    pub from: u32,
    /// Number of the other room.
    pub to: u32,
    /// What it is.
    #[serde(flatten)]
    pub passage: Passage,
    /// How far people walk in it, metres; on stairs along the slope.
    pub length_m: f64,
    /// Clear width, metres.
    pub width_m: f64,
}

/// A building as a graph.
#[derive(Debug)]
pub struct Building {
    /// Rooms are nodes; each link is two edges, there and back.
    pub graph: RoadGraph,
    /// What each edge carries, people in a second.
    pub flow_s: Vec<f64>,
    /// Number of the link of each edge.
    pub link: Vec<usize>,
}

/// Density at which most people pass, people/m²: a flow is greatest at half of 1 / 0.266.
const BEST_DENSITY: f64 = 0.5 / 0.266;

/// The factor k, m/s, and what does not count of the width on both sides together, metres (SFPE Handbook, tables of velocity
/// factors and of boundary layers).
fn factors(passage: Passage) -> (f64, f64) {
    match passage {
        Passage::Door => (1.40, 0.30),
        Passage::Corridor => (1.40, 0.40),
        Passage::Stairs { riser_m, tread_m } => {
            let inches = |metres: f64| metres / 0.0254;
            let (riser, tread) = (inches(riser_m), inches(tread_m));
            // Steep stairs are slow: 7.5/10, 7/11, 6.5/12, 6.5/13 inches.
            let k = match () {
                () if riser > 7.25 || tread < 10.5 => 1.00,
                () if riser > 6.75 || tread < 11.5 => 1.08,
                () if tread < 12.5 => 1.16,
                () => 1.23,
            };
            (k, 0.30)
        }
    }
}

/// Speed in a crowd that just flows best, m/s, and the flow there, people in a second.
#[must_use]
pub fn crowded(passage: Passage, width_m: f64) -> (f64, f64) {
    let (k, lost_m) = factors(passage);
    let speed = k * (1.0 - 0.266 * BEST_DENSITY);
    (speed, speed * BEST_DENSITY * (width_m - lost_m).max(0.0))
}

impl Building {
    /// A building of so many rooms.
    ///
    /// # Errors
    /// When a link leads to no room, a measure makes no sense, or there is no link.
    pub fn new(rooms: u32, links: &[Link]) -> Result<Self, RouteError> {
        let mut made = GraphBuilder::default();
        let nodes = 100_000;
        if rooms > nodes {
            return Err(RouteError::TooLarge { what: "rooms", most: nodes as usize });
        }
        for _ in 0..rooms {
            made.node(None);
        }
        let (mut flow_s, mut link) = (Vec::new(), Vec::new());
        for (number, asked) in links.iter().enumerate() {
            for (what, value, most) in
                [("length", asked.length_m, 10_000.0), ("width", asked.width_m, 1_000.0)]
            {
                if !(0.0..=most).contains(&value) {
                    return Err(RouteError::BadNumber { what, value });
                }
            }
            let (speed, flow) = crowded(asked.passage, asked.width_m);
            let there = Edge {
                class: RoadClass::Indoors,
                access: Access::FOOT,
                ..Edge::timed(
                    NodeId(asked.from),
                    NodeId(asked.to),
                    rounded(asked.length_m / speed * 1_000.0),
                )
            };
            made.road(there, Edge { from: there.to, to: there.from, ..there }, &[]);
            flow_s.extend([flow, flow]);
            link.extend([number, number]);
        }
        Ok(Self { graph: made.build()?, flow_s, link })
    }

    /// The edges of a link.
    #[must_use]
    pub fn edges(&self, number: usize) -> Vec<EdgeId> {
        let edges = (0..).map(EdgeId).zip(&self.link);
        edges.filter(|(_, link)| **link == number).map(|(edge, _)| edge).collect()
    }

    /// How people get out of it: so many in each room, by number; `outside` are the rooms that are safe, `blocked` the links that
    /// nobody can pass.
    ///
    /// # Errors
    /// When a room is none, or a number makes no sense.
    pub fn empty(
        self,
        people: &[(u32, f64)],
        outside: &[u32],
        blocked: &[usize],
    ) -> Result<EvacuationPlan, RouteError> {
        /// Nobody is sent back in for want of room outside.
        const EVERYBODY: f64 = 1e7;
        let edges: Vec<EdgeId> = blocked.iter().flat_map(|link| self.edges(*link)).collect();
        let network = Arc::new(Network::new(self.graph)?);
        let mut ways = Ways::new(&network, VehicleClass::foot())?;
        let mut closures = Closures::default();
        closures.close_edges(&network, "blocked", &edges)?;
        ways.set_closures(&closures);
        let flow = |_: Mode, edge: EdgeId| self.flow_s.get(edge.at()).copied().unwrap_or_default();
        let blocks: Vec<Block> = people
            .iter()
            .map(|(room, people)| Block {
                key: room.to_string(),
                at: Spot::Node(NodeId(*room)),
                by_car: 0.0,
                without_car: *people,
                cannot_walk: 0.0,
            })
            .collect();
        let shelters: Vec<Shelter> = outside
            .iter()
            .map(|room| Shelter {
                key: room.to_string(),
                at: Spot::Node(NodeId(*room)),
                places: EVERYBODY,
            })
            .collect();
        evacuate(&Evacuation {
            blocks: &blocks,
            shelters: &shelters,
            car: &ways,
            foot: &ways,
            fleets: &[],
            people_per_car: 1.0,
            walk_limit_s: 0.0,
            dislike_s: None,
            flow_s: Some(&flow),
        })
    }
}

/// What registers know of a building.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storeys {
    /// Floors above ground.
    pub floors: u32,
    /// Stairs that lead to all of them.
    pub stairs: u32,
    /// Doors that lead out of the ground floor.
    pub exits: u32,
    /// People in it, evenly on its floors.
    pub people: f64,
}

/// Height of a storey, metres, and the steps of its stairs; widths that escape doors and stairs have at least, and how far people walk to a
/// stair on their floor: typical of new houses (GB 50016-2014, 5.5.18 and 5.5.30, from memory). Older ones may be worse.
const STOREY_M: f64 = 3.0;
const STEPS: Passage = Passage::Stairs { riser_m: 0.175, tread_m: 0.26 };
const STAIR_M: f64 = 1.1;
const DOOR_M: f64 = 0.9;
const EXIT_M: f64 = 1.1;
const TO_STAIR_M: f64 = 15.0;
/// Landings between two floors, metres.
const LANDINGS_M: f64 = 2.4;

impl Storeys {
    /// Highest building, and most stairs, that is taken: none is near it.
    const MOST: u32 = 200;

    /// How people get out, with so many of the stairs full of smoke.
    ///
    /// # Errors
    /// When a number makes no sense.
    pub fn out(&self, blocked: u32) -> Result<EvacuationPlan, RouteError> {
        let bad = |what, value: u32| {
            let fine = (1..=Self::MOST).contains(&value);
            if fine { Ok(()) } else { Err(RouteError::BadNumber { what, value: f64::from(value) }) }
        };
        bad("floors", self.floors)?;
        bad("exits", self.exits)?;
        if self.stairs > Self::MOST {
            bad("stairs", self.stairs)?;
        }
        if !(0.0..=1e6).contains(&self.people) {
            return Err(RouteError::BadNumber { what: "people", value: self.people });
        }
        // Rooms: a hall for each floor, a landing for each stair and floor, outside.
        let landing = |stair: u32, floor: u32| self.floors * (1 + stair) + floor;
        let outside = self.floors * (1 + self.stairs);
        let slope = match STEPS {
            Passage::Stairs { riser_m, tread_m } => STOREY_M / riser_m * riser_m.hypot(tread_m),
            Passage::Door | Passage::Corridor => STOREY_M,
        };
        let (mut links, mut smoke) = (Vec::new(), Vec::new());
        let mut link = |from, to, passage, length_m, width_m| {
            let key = format!("{from}-{to}");
            links.push(Link { key, from, to, passage, length_m, width_m });
            links.len() - 1
        };
        for stair in 0..self.stairs {
            for floor in 1..self.floors {
                link(floor, landing(stair, floor), Passage::Door, TO_STAIR_M, DOOR_M);
                let down = (landing(stair, floor), landing(stair, floor - 1));
                let steps = link(down.0, down.1, STEPS, slope + LANDINGS_M, STAIR_M);
                if stair < blocked {
                    smoke.push(steps);
                }
            }
            link(landing(stair, 0), 0, Passage::Corridor, TO_STAIR_M, STAIR_M + DOOR_M);
        }
        for _ in 0..self.exits {
            link(0, outside, Passage::Door, TO_STAIR_M, EXIT_M);
        }
        let each = self.people / f64::from(self.floors);
        let people: Vec<(u32, f64)> = (0..self.floors).map(|floor| (floor, each)).collect();
        Building::new(outside + 1, &links)?.empty(&people, &[outside], &smoke)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Left;

    const STAIRS: Passage = Passage::Stairs { riser_m: 0.178, tread_m: 0.279 };

    fn link(from: u32, to: u32, passage: Passage, length_m: f64, width_m: f64) -> Link {
        Link { key: format!("{from}-{to}"), from, to, passage, length_m, width_m }
    }

    #[test]
    fn flows_are_those_of_the_handbook() {
        // Greatest flows for each metre of effective width: 1.32 in doors and corridors, 1.01 on stairs of 7 by 11 inches.
        let (speed, flow) = crowded(Passage::Corridor, 1.4);
        assert!((speed - 0.7).abs() < 1e-9 && (flow - 1.32).abs() < 0.01);
        let (_, flow) = crowded(STAIRS, 1.3);
        assert!((flow - 1.01).abs() < 0.01);
        assert!(crowded(Passage::Door, 0.2).1.abs() < 1e-12);
    }

    /// Rooms: 0 hall of the upper floor, 1 and 2 feet of a wide and a narrow stair, 3 outside.
    fn house() -> Building {
        let links = [
            link(0, 1, STAIRS, 10.0, 1.5),
            link(0, 2, STAIRS, 10.0, 0.9),
            link(1, 3, Passage::Door, 1.0, 1.8),
            link(2, 3, Passage::Door, 1.0, 0.9),
        ];
        Building::new(4, &links).unwrap()
    }

    fn out(blocked: &[usize]) -> EvacuationPlan {
        house().empty(&[(0, 200.0)], &[3], blocked).unwrap()
    }

    #[test]
    fn a_blocked_stair_leaves_the_other_and_two_leave_none() {
        let both = out(&[]);
        assert!(both.left < 1e-6 && both.blocks[0].streams.len() == 2);
        let one = out(&[0]);
        assert!(one.left < 1e-6 && one.blocks[0].streams.len() == 1);
        assert!(one.cleared_s > both.cleared_s);
        let none = out(&[0, 1]);
        assert_eq!(none.blocks[0].left, [(200.0, Left::NoWay)]);
    }

    #[test]
    fn a_tower_needs_longer_with_fewer_stairs_and_with_one_stair_in_smoke_nobody_above_gets_out() {
        let tower = |stairs| Storeys { floors: 10, stairs, exits: 2, people: 300.0 };
        let cleared = |stairs, blocked| tower(stairs).out(blocked).unwrap();
        let (two, one) = (cleared(2, 0), cleared(1, 0));
        assert!(two.left < 1e-6 && one.left < 1e-6);
        assert!(two.cleared_s < one.cleared_s);
        // Nine floors of stairs at 0.5 m/s take two minutes and a half at least.
        assert!((150.0..1_800.0).contains(&two.cleared_s), "{}", two.cleared_s);
        assert!((cleared(2, 1).cleared_s / one.cleared_s - 1.0).abs() < 0.05);
        assert!((cleared(1, 1).left - 270.0).abs() < 1e-6);
        assert!(cleared(0, 0).left > 269.0);
        let flat = Storeys { floors: 1, stairs: 0, exits: 1, people: 50.0 };
        assert!(flat.out(0).unwrap().left < 1e-6);
        for wrong in [
            Storeys { floors: 0, ..flat },
            Storeys { exits: 0, ..flat },
            Storeys { stairs: 900, ..flat },
            Storeys { people: f64::NAN, ..flat },
        ] {
            assert!(wrong.out(0).is_err());
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(Building::new(2, &[link(0, 1, Passage::Door, -1.0, 1.0)]).is_err());
        assert!(Building::new(2, &[link(0, 5, Passage::Door, 1.0, 1.0)]).is_err());
        assert!(Building::new(2, &[]).is_err());
    }
}
