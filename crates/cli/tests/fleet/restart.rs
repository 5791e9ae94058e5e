use reqwest::{Method, StatusCode};

use crate::fleet::Fleet;
use crate::job::{Import, WRITES};

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_are_restarted_one_after_the_other_and_nobody_notices() {
    let Some(mut fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    for node in 0..3 {
        fleet.until_written(WRITES * (node as u64 + 1) / 5).await;
        let status = fleet.nodes[node].stop().await;
        assert_eq!(status.code(), Some(0), "{}", fleet.nodes[node].said());
        let (status, told) = root.get("/api/auth/session").await;
        assert_eq!(
            (status, &told["authenticated"]),
            (StatusCode::OK, &true.into()),
            "whoever is signed in stays so"
        );
        fleet.begin_again(node).await;
        let ready = root.at(node, Method::GET, "/health/ready").send().await.unwrap();
        assert_eq!(ready.status(), StatusCode::OK);
    }

    import.assert_done_once(&root, &fleet).await;
}
