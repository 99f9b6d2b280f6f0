//! The demo, as a stranger runs it.

#[tokio::test]
async fn the_demo_tells_its_story_to_the_end() {
    // Whoever has the usual ports: the demo takes others then.
    let taken = [8090, 8095, 8097].map(|port| std::net::TcpListener::bind(("127.0.0.1", port)));
    let mut lines = Vec::new();
    let demo = throng::app::demo::run(300, &mut |line| lines.push(line))
        .await
        .unwrap();
    demo.end().await;
    drop(taken);
    assert!(
        !lines
            .iter()
            .any(|line| [":8090", ":8095", ":8097"].iter().any(|port| line.contains(port))),
        "{lines:?}"
    );
    assert!(
        lines.iter().any(|line| line.contains("synchronised by")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .filter(|line| line.contains("synchronised in full"))
            .count()
            == 2,
        "{lines:?}"
    );
}
