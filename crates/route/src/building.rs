//! Ways out of a building: rooms, doors, corridors and stairs of its dossier as a road graph, so that the same streams tell how long
//! it takes until everybody is out.
//!
//! Speeds and flows are those of the SFPE Handbook (Gwynne and Rosenbaum, Employing the Hydraulic Model in Assessing Emergency
//! Movement): speed k (1 − 0.266 D), flow D k (1 − 0.266 D) for each metre of effective width, greatest at D = 1.9 people/m².

use serde::{Deserialize, Serialize};

use crate::{
    Access, Edge, EdgeId, GraphBuilder, NodeId, RoadClass, RoadGraph, RouteError, vehicle::rounded,
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
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        Block, Closures, Evacuation, Left, Mode, Network, Shelter, Spot, VehicleClass, Ways,
        evacuate,
    };

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

    fn out(blocked: &[usize]) -> crate::EvacuationPlan {
        let building = house();
        let edges: Vec<EdgeId> = blocked.iter().flat_map(|link| building.edges(*link)).collect();
        let flows = building.flow_s.clone();
        let network = Arc::new(Network::new(building.graph).unwrap());
        let mut ways = Ways::new(&network, VehicleClass::foot()).unwrap();
        let mut closures = Closures::default();
        closures.close_edges(&network, "smoke", &edges).unwrap();
        ways.set_closures(&closures);
        let flow = |_: Mode, edge: EdgeId| flows[edge.at()];
        let at = |node| Spot::Node(NodeId(node));
        let block = Block {
            key: "hall".into(),
            at: at(0),
            by_car: 0.0,
            without_car: 200.0,
            cannot_walk: 0.0,
        };
        evacuate(&Evacuation {
            blocks: &[block],
            shelters: &[Shelter { key: "outside".into(), at: at(3), places: 1e6 }],
            car: &ways,
            foot: &ways,
            fleets: &[],
            people_per_car: 1.0,
            walk_limit_s: 3_600.0,
            dislike_s: None,
            flow_s: Some(&flow),
        })
        .unwrap()
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
    fn what_makes_no_sense_is_refused() {
        assert!(Building::new(2, &[link(0, 1, Passage::Door, -1.0, 1.0)]).is_err());
        assert!(Building::new(2, &[link(0, 5, Passage::Door, 1.0, 1.0)]).is_err());
        assert!(Building::new(2, &[]).is_err());
    }
}
