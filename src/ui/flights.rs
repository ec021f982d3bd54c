//! Messages on the screen. In the cluster they take less than a millisecond; here they are shown
//! slowed down, in real time, in the order in which they were sent.

use crate::playground::View;
use crate::scene::Flight;

/// How long a message is on its way on the screen, in real milliseconds.
const FLIGHT_MS: f64 = 650.0;
const MAX_FLIGHTS: usize = 24;

#[derive(Default)]
pub struct Flights {
    /// With the real time at which each sets out.
    list: Vec<(Flight, f64)>,
    newest_us: u64,
}

impl Flights {
    /// New messages set out.
    pub fn take_off(&mut self, view: &View, t: f64, motion: bool) {
        self.list.retain(|(_, began)| t - began < FLIGHT_MS);
        if view.now_us < self.newest_us {
            // Went back in time.
            self.newest_us = 0;
            self.list.clear();
        }
        let newest = self.newest_us;
        for p in view.packets.iter().filter(|p| p.sent_us > newest) {
            self.newest_us = self.newest_us.max(p.sent_us);
            if !motion || self.list.len() >= MAX_FLIGHTS {
                continue;
            }
            let lag = match newest {
                0 => 0.0,
                _ => ((p.sent_us - newest) as f64 / 1_000.0).min(120.0),
            };
            let flight = Flight {
                from: p.from,
                to: p.to,
                label: p.label,
                job: p.job,
                ppm: 0,
            };
            self.list.push((flight, t + lag));
        }
    }

    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// Those in flight, each where it is now.
    pub fn at(&mut self, t: f64) -> Vec<Flight> {
        self.list.retain(|(_, began)| t - began < FLIGHT_MS);
        let begun = self.list.iter().filter(|(_, began)| t >= *began);
        begun
            .map(|(flight, began)| Flight {
                ppm: ((t - began) / FLIGHT_MS * 1e6) as u32,
                ..flight.clone()
            })
            .collect()
    }
}
