/// Language models in order. The next is asked when one declines, or fails before it has said anything; a failure after that ends the
/// answer, since nobody could go on in another's words.
struct FallbackLanguage: LanguageModel {
  let models: [Named<any LanguageModel>]
  let health: BackEndHealth

  func warmUp() async throws {
    for model in models { try await model.backEnd.warmUp() }
  }

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    .producing { yield in
      let order = health.order(models.count)
      var declined: String?
      var failure: (any Error)?
      for (place, index) in order.enumerated() {
        var hasBegun = false
        do {
          for try await piece in models[index].backEnd.answer(question) {
            hasBegun = true
            yield(piece)
          }
          try Task.checkCancellation()
          return health.worked(index)
        } catch let error as CancellationError {
          throw error
        } catch let error as Declined {
          declined = error.words ?? declined
        } catch {
          health.failed(index, error, next: place + 1 < order.count ? models[order[place + 1]].name : nil)
          if hasBegun { throw error }
          failure = error
        }
      }
      if let failure { throw failure }
      for sentence in Sentences.of(declined ?? "I don't know.") { yield(.sentence(sentence)) }
    }
  }
}
