print("matriarch")
