//! The demo, as a stranger runs it.

#[tokio::test]
async fn the_demo_tells_its_story_to_the_end() {
    let mut lines = Vec::new();
    let demo = throng::app::demo::run(300, &mut |line| lines.push(line))
        .await
        .unwrap();
    demo.end().await;
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
