use super::*;
use accounts::WAITING;

const KIB: usize = 1 << 10;
const SHARE: usize = 400 * KIB;

fn budget() -> Budget {
    Budget::new(Limits { total: 2 * SHARE, share: SHARE })
}

fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

async fn begin(budget: &Budget, name: &str) -> Reservation {
    budget.begin(&tenant(name), 0, 0).await.unwrap()
}

/// One that has so many bytes.
async fn holding(budget: &Budget, name: &str, bytes: usize) -> Reservation {
    let mut held = begin(budget, name).await;
    held.arrived(bytes).await.unwrap();
    held
}

#[tokio::test(start_paused = true)]
async fn what_is_declared_holds_nothing() {
    let budget = budget();
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut one = budget.begin(&tenant("a"), 0, SHARE / 2).await.unwrap();
        one.stalled();
        silent.push(one);
    }
    assert_eq!(budget.reserved(), 8 * OVERHEAD);
    let _another_tenants = holding(&budget, "b", SHARE / 2).await;
    let _its_own = holding(&budget, "a", SHARE / 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_tenant_gets_its_share_and_no_more() {
    let budget = budget();
    let mut flood = holding(&budget, "a", SHARE - 2 * OVERHEAD).await;
    assert_eq!(flood.grow(2 * OVERHEAD).unwrap_err(), budget.beyond_the_share());
    let started = Instant::now();
    assert_eq!(begin(&budget, "a").await.arrived(1).await, Err(Refusal::Overloaded));
    assert_eq!(started.elapsed(), WAIT);
    let _other = holding(&budget, "b", SHARE / 2).await;
    assert_eq!(started.elapsed(), WAIT);
    drop(flood.split(usize::MAX));
    let _fits_again = holding(&budget, "a", SHARE / 2).await;
}

#[tokio::test(start_paused = true)]
async fn several_floods_leave_room_for_who_holds_little() {
    let budget = budget();
    let most = 2 * SHARE - 2 * SHARE / 8;
    let _first = holding(&budget, "a", SHARE - OVERHEAD).await;
    let _second = holding(&budget, "b", most - SHARE - OVERHEAD).await;
    assert_eq!(budget.reserved(), most);
    assert_eq!(holding(&budget, "c", OVERHEAD).await.bytes(), 2 * OVERHEAD);
    let mut third = begin(&budget, "c").await;
    assert_eq!(third.grow(SHARE / 2), Err(Refusal::Overloaded));
}

#[tokio::test(start_paused = true)]
async fn more_than_a_share_is_too_large_at_once() {
    let budget = budget();
    let refused = budget.begin(&tenant("a"), 0, SHARE).await.unwrap_err();
    assert_eq!(refused, Refusal::TooLarge(TooLarge::Share { limit: SHARE }));
    let mut alone = begin(&budget, "a").await;
    assert_eq!(alone.arrived(SHARE).await.unwrap_err(), refused);
    assert_eq!(budget.reserved(), OVERHEAD);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_served_in_order_when_room_is_given_back() {
    let budget = budget();
    let first = holding(&budget, "a", SHARE - 4 * OVERHEAD).await;
    let (mut large, mut small) = (begin(&budget, "a").await, begin(&budget, "a").await);
    let large = tokio::spawn(async move { large.arrived(4 * OVERHEAD).await.map(|()| large) });
    tokio::task::yield_now().await;
    // Would fit, and does not overtake.
    let small = tokio::spawn(async move { small.arrived(1).await.map(|()| small) });
    tokio::time::sleep(WAIT / 2).await;
    assert!(!large.is_finished() && !small.is_finished());
    drop(first);
    let held = (large.await.unwrap().unwrap(), small.await.unwrap().unwrap());
    assert_eq!(budget.reserved(), 6 * OVERHEAD + 1);
    drop(held);
    assert_eq!(budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_one_that_has_begun_waits_none_begins() {
    let budget = budget();
    let first = holding(&budget, "a", SHARE - 4 * OVERHEAD).await;
    let mut second = begin(&budget, "a").await;
    let second = tokio::spawn(async move { second.arrived(4 * OVERHEAD).await.map(|()| second) });
    tokio::task::yield_now().await;
    let third = tokio::spawn({
        let budget = budget.clone();
        async move { budget.begin(&tenant("a"), 0, 0).await }
    });
    tokio::time::sleep(WAIT / 2).await;
    assert!(!third.is_finished());
    drop(first);
    second.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
}

/// Each holds a part of the share and needs more than is left: without an end, both would wait.
#[tokio::test(start_paused = true)]
async fn where_all_wait_for_each_other_the_last_gives_up() {
    let budget = budget();
    let half = SHARE / 2 - 2 * OVERHEAD;
    let mut first = holding(&budget, "a", half).await;
    let mut second = holding(&budget, "a", half).await;
    let started = Instant::now();
    let first = tokio::spawn(async move { first.arrived(half).await.map(|()| first) });
    tokio::task::yield_now().await;
    let gave_up = second.arrived(half).await;
    assert_eq!((gave_up, started.elapsed()), (Err(Refusal::Overloaded), Duration::ZERO));
    drop(second);
    assert_eq!(first.await.unwrap().unwrap().bytes(), 2 * half + OVERHEAD);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_polled_again_leaves_its_line() {
    let budget = budget();
    let first = holding(&budget, "a", SHARE - 2 * OVERHEAD).await;
    let mut second = begin(&budget, "a").await;
    let gone = tokio::time::timeout(WAIT / 2, second.arrived(OVERHEAD)).await;
    assert!(gone.is_err());
    drop((first, second));
    assert_eq!(budget.reserved(), 0);
    let _next = holding(&budget, "a", SHARE / 2).await;
}

#[tokio::test(start_paused = true)]
async fn only_so_many_wait_to_begin() {
    let budget = budget();
    let _first = holding(&budget, "a", SHARE - OVERHEAD).await;
    let begin = || {
        let budget = budget.clone();
        tokio::spawn(async move {
            let started = Instant::now();
            budget.begin(&tenant("a"), 0, 1).await.unwrap_err();
            started.elapsed()
        })
    };
    let waiting: Vec<_> = (0..=WAITING).map(|_| begin()).collect();
    let mut at_once = 0;
    for one in waiting {
        at_once += usize::from(one.await.unwrap() < WAIT);
    }
    assert_eq!(at_once, 1);
}

#[tokio::test(start_paused = true)]
async fn a_head_is_held_by_its_tenant_and_a_body_may_be_declared_later() {
    let budget = budget();
    let mut one = budget.begin(&tenant("a"), 3 * OVERHEAD, 0).await.unwrap();
    assert_eq!(budget.reserved(), 4 * OVERHEAD);
    assert_eq!(one.declare(SHARE), Err(budget.beyond_the_share()));
    one.declare(SHARE / 2).unwrap();
    // What it is about to bring leaves no room for as much again, until it stalls.
    let name = tenant("a");
    let waits = budget.begin(&name, 0, SHARE / 2);
    assert!(tokio::time::timeout(WAIT / 2, waits).await.is_err());
    one.stalled();
    budget.begin(&tenant("a"), 0, SHARE / 2).await.unwrap();
    assert_eq!(budget.reserved(), 4 * OVERHEAD);
}

#[tokio::test(start_paused = true)]
async fn a_reservation_can_be_split() {
    let budget = budget();
    let mut whole = holding(&budget, "a", 10 * OVERHEAD).await;
    assert_eq!(budget.reserved(), 11 * OVERHEAD);
    let part = whole.split(4 * OVERHEAD);
    assert_eq!((whole.bytes(), part.bytes()), (7 * OVERHEAD, 4 * OVERHEAD));
    drop(whole.split(6 * OVERHEAD));
    assert_eq!(budget.reserved(), 5 * OVERHEAD);
    drop(whole);
    assert_eq!((budget.reserved(), part.bytes_of_tenant()), (4 * OVERHEAD, 4 * OVERHEAD));
    drop(part);
    assert_eq!(budget.reserved(), 0);
}
