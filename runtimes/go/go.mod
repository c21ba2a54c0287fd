module threadmark/bench_go

go 1.19
